/* templates.S - the files that `sigsweep init` writes, each as a C string. Paths are seen from the
 * top of the tree, where make runs. */

.macro template name, file
    .globl \name
\name:
    .incbin "\file"
    .byte 0
.endm

    .section .rodata
    template template_scenario, "harness/templates/interrupted.yaml"
    template template_python, "harness/templates/sample.py"
    template template_c, "harness/templates/sample.c"
    template template_sh, "harness/templates/sample.sh"
    template template_probe_python, "harness/probes/python/sigsweep_probe.py"
    template template_probe_c, "harness/include/sigsweep/probe.h"

    .section .note.GNU-stack, "", %progbits

/* templates.h - the files that `sigsweep init` writes, as they are in harness/templates. In
 * templates.S. */
#ifndef SIGSWEEP_TEMPLATES_H
#define SIGSWEEP_TEMPLATES_H

/* The scenario has places to fill in: @YAML@ @COMMAND@ @NEEDS@ @LEAKS@. */
extern const char template_scenario[];
extern const char template_python[], template_c[], template_sh[]; /* the sample programs */
extern const char template_probe_python[], template_probe_c[];    /* what they report with */

#endif

/* eventful.c - reports `ready`; without the harness it does the same minus the one write. */
#include <sigsweep/probe.h>

int main(void)
{
    sigsweep_probe_init();
    sigsweep_ready();
    return 0;
}

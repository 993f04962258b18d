/* Says PASS or FAIL of what came, and counts. */
#include "hv.h"

static u32 passed, failed;

void expect(const char *what, u64 got, u64 wanted) {
    text(got == wanted ? "PASS " : "FAIL "); text(what);
    if (got != wanted) { text(": "); number(got); text(" instead of "); number(wanted); }
    text("\n");
    *(got == wanted ? &passed : &failed) += 1;
}

void good(const char *what, int yes) { expect(what, yes != 0, 1); }

/* How many passed, and how many failed. */
void verdict(void) {
    text("checks: "); number(passed); text(" passed, "); number(failed); text(" failed\n");
}

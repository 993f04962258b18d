/* Holds calls to their contracts: says PASS or FAIL of each. */
#include "hv.h"

static u32 passed, failed;

void expect(const char *what, u64 got, u64 wanted) {
    text(got == wanted ? "PASS " : "FAIL "); text(what);
    if (got != wanted) { text(": "); number(got); text(" instead of "); number(wanted); }
    text("\n");
    *(got == wanted ? &passed : &failed) += 1;
}

void good(const char *what, int yes) { expect(what, yes != 0, 1); }

void check(void) {
    hypervisor_connect();
    give_page(take_page());
    check_contracts();
    check_properties();
    check_memory();
    check_processors();
    check_intercepts();
    check_messages();
    check_life();
    check_tree();
    if (!schedules) expect("processors are the hypervisor's to run", dispatch(SELF, 0, 0, 0) >> 48, OPERATION_DENIED);
    if (is_root) check_root();
    if (schedules) check_dispatch();
    /* a root keeps one page for its statistics */
    expect("all pages are there in the end", loose_count, LOOSE - is_root);
    text("checks: "); number(passed); text(" passed, "); number(failed); text(" failed\n");
}

/* Holds calls to their contracts, one subject after the other. */
#include "hv.h"

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
    verdict();
}

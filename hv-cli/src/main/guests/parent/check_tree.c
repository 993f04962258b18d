/* A child that is a parent itself: its partition lives on pages that it has from this one. */
#include "hv.h"

enum { MARK = 0x5A5A5A5A };

static volatile u64 *page;
static u64 given[CHILD_POOL_PAGES];

/* A parent whose own pool has what its space needs when single pages leave it, and that has pages to give. */
static int make_parent(struct child *c, int schedules_too) {
    if (!make_child(c, child_parent, CHILD_DATA, PARENT_PRIVILEGES) || deposit(c->id, 12)) return 0;
    page = (volatile u64 *) c->lent[c->lent_count - 1];
    page[CHILD_SCHEDULES] = schedules_too;
    if (schedules_too && call3(SET_PROPERTY, c->id, OWN_CHILDREN, 1)) return 0;
    for (int i = 0; i < CHILD_POOL_PAGES; i++) *(volatile u64 *) (given[i] = lend(c, CHILD_POOL + i * PAGE, ALL)) = MARK;
    lend(c, CHILD_SHOWN, ALL);
    lend(c, CHILD_CODE, ALL);
    resume(c, 0);
    return wait_for(c, 0) == PORT_MESSAGE && message_port(c, 0) == PORT_WAKE;
}

static int all_are(u64 what) {
    int n = 0;
    for (int i = 0; i < CHILD_POOL_PAGES; i++) n += *(volatile u64 *) given[i] == what;
    return n;
}

/* Its whole life, under either scheduler of its own. */
static void life(int schedules_too) {
    struct child c;
    good(schedules_too ? "a child makes a partition and runs its processor itself" : "a child makes a partition and runs it", make_parent(&c, schedules_too));
    u64 answers = 0;
    for (int i = 0; i < 6; i++) answers |= page[8 + i];
    expect("every call of its was one", answers, OK);
    expect("it has heard of a port", page[CHILD_HEARD], PORT_MESSAGE);
    expect("with the code's value", page[CHILD_HEARD + 1], '7');
    expect("pages that it has deposited are out of my sight, too", all_are(~0ul), CHILD_POOL_PAGES);
    expect("those that it has mapped there are not deposited", call2(reps(DEPOSIT, 1), c.id, c.lent[c.lent_count - 1] / PAGE), ACCESS_DENIED);
    expect("its partition is none of mine", call1(FINALIZE, c.id + 1), BAD_PARTITION);
    /* the page with the code of its partition */
    expect("what I take back from it", call3(reps(UNMAP, 1), c.id, CHILD_CODE / PAGE, 0), OK);
    advance(&c, 0);
    resume(&c, 0);
    expect("it goes on", wait_for(&c, 0) == PORT_MESSAGE ? message_port(&c, 0) : 0, PORT_END);
    expect("its partition has not any more", page[CHILD_HEARD + 2], UNMAPPED_GPA);
    answers = 0;
    for (int i = 0; i < 10; i++) answers |= page[8 + i];
    expect("it has ended it", answers, OK);
    expect("and its pages are back", page[CHILD_HEARD + 3], CHILD_POOL_PAGES);
    expect("here, too, and empty", all_are(0), CHILD_POOL_PAGES);
    good("it ends", destroy(&c));
}

/* What runs in place of a child's processor uses up that one's time slice. */
static void slice(void) {
    struct child c;
    good("a child that runs a processor of its own without end", make_parent(&c, WITHOUT_END));
    advance(&c, 0);
    resume(&c, 0);
    pause(20000);
    good("leaves me my time", !arrived(0));
    u64 heard = page[CHILD_HEARD];
    pause(20000);
    expect("and goes on where it was", page[CHILD_HEARD], heard);
    good("it ends in the middle", destroy(&c));
}

void check_tree(void) {
    struct child c;
    int before = loose_count;
    life(0);
    life(1);
    slice();
    good("another one", make_parent(&c, 0));
    good("ends while its partition is there", destroy(&c));
    expect("its pages are mine again", all_are(0), CHILD_POOL_PAGES);
    good("a third one", make_parent(&c, 1));
    /* a place of a page that is away becomes another's */
    u64 other = take_page();
    *(volatile u64 *) other = MARK;
    expect("a page comes into the place of one that is deposited", map(&c, CHILD_POOL, other, 1, READ), OK);
    advance(&c, 0);
    resume(&c, 0);
    expect("it goes on", wait_for(&c, 0), PORT_MESSAGE);
    expect("that one does not come back there", call4(TRANSLATE, c.id, 0, 1, CHILD_POOL / PAGE) ? 0 : *(volatile u64 *) other, MARK);
    expect("but here", all_are(0), CHILD_POOL_PAGES);
    good("it ends", destroy(&c));
    give_page(other);
    expect("no page is lost", loose_count, before);
}

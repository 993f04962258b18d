/* Properties of partitions, and the states in which they are set. */
#include "hv.h"

/* A second of reference time: longer than anything takes here. */
enum { SECOND = 10000000 };

static u32 set(struct child *c, u32 code, u64 value) { return call3(SET_PROPERTY, c->id, code, value); }

static u64 get(u64 id, u32 code) { return call2(GET_PROPERTY, id, code) ? ~0ul : out[0]; }

void check_properties(void) {
    struct child c;
    expect("a partition is made", create(&c, LAPIC), OK);
    expect("privileges that children may not have", set(&c, PRIVILEGES, 1ul << 63), OUT_OF_RANGE);
    expect("features that are not offered", set(&c, FEATURES, 1ul << 40), OUT_OF_RANGE);
    expect("what is offered is told", call2(GET_PROPERTY_EX, SELF, FEATURES_OFFERED), OK);
    u64 offered = out[1];
    expect("all of it may be set", set(&c, FEATURES, offered), OK);
    expect("and is read", get(c.id, FEATURES), offered);
    expect("capabilities of managers are told", call2(GET_PROPERTY_EX, SELF, CAPABILITIES) ? 0 : out[1] & 2, 2);
    expect("a property that is none", set(&c, 0x4711, 0), UNKNOWN_PROPERTY);
    expect("one that is read only", set(&c, VENDOR, 0), UNKNOWN_PROPERTY);
    expect("no access tracking before there is memory", set(&c, TRACKING, 1), BAD_STATE);
    expect("no processors before it is initialized", call4(CREATE_VP, c.id, 0, 0, 0), BAD_STATE);
    expect("nor memory", call4(reps(MAP, 1), c.id, 0, ALL, 0x500), BAD_STATE);
    expect("nor interrupts", call4(ASSERT_INTERRUPT, c.id, 0, 0, 0x41), BAD_STATE);
    expect("nor deletion before it is finalized", call1(DELETE, c.id), BAD_STATE);
    expect("it needs a page", call1(INITIALIZE, c.id), NO_MEMORY);
    expect("it is initialized", initialize(&c), OK);
    expect("once", call1(INITIALIZE, c.id), BAD_STATE);
    expect("privileges do not change any more", set(&c, PRIVILEGES, 0), BAD_STATE);
    expect("nor features", set(&c, FEATURES, 3), BAD_STATE);
    expect("what is no yes or no", set(&c, UNKNOWN_MSRS, 2), OUT_OF_RANGE);
    expect("unknown MSRs are ignored", set(&c, UNKNOWN_MSRS, 1), OK);
    expect("which is read", get(c.id, UNKNOWN_MSRS), 1);
    expect("no processors in a socket", set(&c, PER_SOCKET, 0), OUT_OF_RANGE);
    expect("two", set(&c, PER_SOCKET, 2), OK);
    expect("reference time before there is a processor", call2(GET_PROPERTY, c.id, REFERENCE_TIME), BAD_STATE);
    expect("which is not set, either", set(&c, REFERENCE_TIME, 0), BAD_STATE);
    expect("a processor is made", add_processor(&c, 0), OK);
    expect("time stands still", set(&c, TIME_FREEZE, 1), OK);
    u64 frozen = get(c.id, REFERENCE_TIME);
    pause(1000);
    expect("and does not go on by itself", get(c.id, REFERENCE_TIME), frozen);
    expect("it goes on", set(&c, TIME_FREEZE, 0), OK);
    pause(1000);
    u64 later = get(c.id, REFERENCE_TIME);
    good("from where it stood", later > frozen + 900 && later < frozen + SECOND);
    expect("its counter is written", set_register(&c, 0, 0x80000, 12345, 0), OK);
    u64 since = get(c.id, REFERENCE_TIME);
    good("which reference time does not notice", since >= later && since < later + SECOND);
    expect("time stands still again", set(&c, TIME_FREEZE, 1), OK);
    expect("reference time is set", set(&c, REFERENCE_TIME, 1ul << 40), OK);
    expect("and is read", get(c.id, REFERENCE_TIME), 1ul << 40);
    expect("not to one before the beginning", set(&c, REFERENCE_TIME, -1ul), OUT_OF_RANGE);
    expect("it goes on from there", set(&c, TIME_FREEZE, 0), OK);
    pause(1000);
    since = get(c.id, REFERENCE_TIME);
    good("as it did before", since > (1ul << 40) + 900 && since < (1ul << 40) + SECOND);
    good("it is finalized and deleted", destroy(&c));
    expect("it is no more", call2(GET_PROPERTY, c.id, PRIVILEGES), BAD_PARTITION);
}

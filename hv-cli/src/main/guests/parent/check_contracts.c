/* What all calls have in common: shape, places of lists, whose partition it is. */
#include "hv.h"

enum { UNKNOWN = 0x4711 };

/* A call about a partition whose id is the first word of the input, and what is said when that is the caller's own. */
struct contract { u16 code; u8 repeats, own; const char *name; };

static const struct contract contracts[] = {
    {INITIALIZE, 0, OPERATION_DENIED, "HvCallInitializePartition"}, {FINALIZE, 0, OPERATION_DENIED, "HvCallFinalizePartition"}, {DELETE, 0, OPERATION_DENIED, "HvCallDeletePartition"},
    {GET_PROPERTY, 0, UNKNOWN_PROPERTY, "HvCallGetPartitionProperty"}, {SET_PROPERTY, 0, OPERATION_DENIED, "HvCallSetPartitionProperty"}, {GET_PROPERTY_EX, 0, UNKNOWN_PROPERTY, "HvCallGetPartitionPropertyEx"},
    {DEPOSIT, 1, OPERATION_DENIED, "HvCallDepositMemory"}, {WITHDRAW, 1, OPERATION_DENIED, "HvCallWithdrawMemory"}, {MAP, 1, OPERATION_DENIED, "HvCallMapGpaPages"},
    {UNMAP, 1, OPERATION_DENIED, "HvCallUnmapGpaPages"}, {ACCESS_STATES, 1, OPERATION_DENIED, "HvCallGetGpaPagesAccessStates"}, {INSTALL_INTERCEPT, 0, OPERATION_DENIED, "HvCallInstallIntercept"},
    {CREATE_VP, 0, OPERATION_DENIED, "HvCallCreateVp"}, {DELETE_VP, 0, OPERATION_DENIED, "HvCallDeleteVp"}, {TRANSLATE, 0, OPERATION_DENIED, "HvCallTranslateVirtualAddress"},
    {CLEAR_INTERRUPT, 0, OPERATION_DENIED, "HvCallClearVirtualInterrupt"}, {ASSERT_INTERRUPT, 0, OPERATION_DENIED, "HvCallAssertVirtualInterrupt"}, {DELETE_PORT, 0, BAD_PORT, "HvCallDeletePort"},
    {DISCONNECT_PORT, 0, BAD_CONNECTION, "HvCallDisconnectPort"}, {MAP_STATE_PAGE, 0, OPERATION_DENIED, "HvCallMapVpStatePage"}, {UNMAP_STATE_PAGE, 0, OPERATION_DENIED, "HvCallUnmapVpStatePage"},
    {GET_STATE, 0, OPERATION_DENIED, "HvCallGetVpState"}, {SET_STATE, 0, OPERATION_DENIED, "HvCallSetVpState"}, {CPUID_VALUES, 1, OPERATION_DENIED, "HvCallGetVpCpuidValues"},
    {INTERCEPT_RESULT, 0, OPERATION_DENIED, "HvCallRegisterInterceptResult"}, {NO_INTERCEPT_RESULT, 0, OPERATION_DENIED, "HvCallUnregisterInterceptResult"}, {SIGNAL_DIRECT, 0, OPERATION_DENIED, "HvCallSignalEventDirect"}, {POST_DIRECT, 0, OPERATION_DENIED, "HvCallPostMessageDirect"},
    {DISPATCH_VP, 0, OPERATION_DENIED, "HvCallDispatchVp"}, {GET_REGISTERS, 1, BAD_VP, "HvCallGetVpRegisters"}, {SET_REGISTERS, 1, BAD_VP, "HvCallSetVpRegisters"},
};

static u32 of(const struct contract *c, u64 id, u64 vp) {
    for (int i = 0; i < 64; i++) in[i] = 0;
    in[0] = id;
    in[1] = vp;
    return call(reps(c->code, c->repeats));
}

void check_contracts(void) {
    struct child child;
    int count = sizeof contracts / sizeof contracts[0];
    for (int i = 0; i < count; i++) {
        const struct contract *c = &contracts[i];
        text(c->name); text("\n");
        expect("  of no partition", of(c, UNKNOWN, 0), BAD_PARTITION);
        expect("  of my parent", of(c, 1, 0), BAD_PARTITION);
        /* a root deposits for itself, and makes processors of its own: check_root.c */
        if (!is_root || (c->code != DEPOSIT && c->code != CREATE_VP)) expect("  of my own", of(c, SELF, c->own == BAD_VP ? 9 : 0), c->own);
        expect("  with repetitions that it has not, or without any", call(reps(c->code, !c->repeats)), BAD_INPUT);
        expect("  with a reserved bit", call(reps(c->code, c->repeats) | 1 << 28), BAD_INPUT);
        expect("  at an address without alignment", raw(reps(c->code, c->repeats), (u64) in + 4, (u64) out) & 0xFFFF, BAD_ALIGNMENT);
        expect("  across a page", raw(reps(c->code, c->repeats), (u64) in + PAGE - 8, (u64) out) & 0xFFFF, c->code == INITIALIZE || c->code == FINALIZE || c->code == DELETE || c->code == CLEAR_INTERRUPT ? BAD_PARTITION : BAD_ALIGNMENT);
        expect("  in no memory", raw(reps(c->code, c->repeats), 0x7000000, (u64) out) & 0xFFFF, BAD_PARAMETER);
    }
    expect("a code that is none", call(0x1FE), BAD_CODE);
    expect("another", call(0xFFFF), BAD_CODE);
    expect("a partition with a flag that is none", create(&child, 1ul << 40), BAD_PARAMETER);
    for (int i = 0; i < 7; i++) in[i] = 0;
    in[6] = 1;
    expect("an isolated one", call(CREATE_PARTITION), UNAVAILABLE);
    expect("a port of a source that is none", call6(CREATE_PORT, SELF, 5, SELF, 1, 16, 0), BAD_PARAMETER);
    expect("a port of a kind that is none", call6(CREATE_PORT, SELF, 5, SELF, 3, 0, 0), BAD_PARAMETER);
    expect("port 0", call6(CREATE_PORT, SELF, 0, SELF, 1, 0, 0), BAD_PORT);
    expect("a connection to no port", call6(CONNECT_PORT, SELF, 5, SELF, 99, 1, 0), BAD_PORT);
    expect("a message over no connection", call4(POST_MESSAGE, 55, 1 | 8ul << 32, 0, 0), BAD_CONNECTION);
    expect("a message of the hypervisor's types", call4(POST_MESSAGE, 55, 0x80000000, 0, 0), BAD_PARAMETER);
    expect("an event over no connection", call1(SIGNAL_EVENT, 55), BAD_CONNECTION);
    if (!is_root) expect("my id is not told", call(GET_PARTITION_ID), ACCESS_DENIED);
}

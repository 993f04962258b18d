package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.calls.CallTable;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.synic.Synic;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvInterceptMessage;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.snapshot.RecordedState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A parent that is a guest hears of its children's intercepts by messages at its SINT 0, whenever it has room for them. */
class InterceptNoticeTest extends InterceptFixture {

    private static final int DEPOSIT = 40;
    private static final int MESSAGE_PAGE = 0x5000;
    private static final int OTHERS = 1;
    /** A message in the slot, and those that wait. */
    private static final int ROOM = 65;

    private final Rig.Child owner = rig.child(1 << 20, HvPrivilege.CHILD);
    private final Partition parent = rig.hypervisor.partitions().get(owner.id);
    /** Of the parent's own: what it deposits, it does not see any more. */
    private long nextPage = 0x20;
    private final Synic synic = parent.processors().get(0).synic();
    private final RootEntrance guest = new RootEntrance(rig.hypervisor, parent, CallTable.dispatcher(rig.hypervisor.partitions()));

    @BeforeEach
    void listen() {
        synic.setControl(1);
        assertThat(synic.setMessagePage(MESSAGE_PAGE | 1)).isTrue();
        assertThat(synic.setSint(0, 0x30)).isTrue();
        parent.setPrivileges(HvPrivilege.ROOT);
    }

    /** An input page without anything in it. */
    private long zero() {
        for (int i = 0; i < 4096; i += 8) {
            rig.memory.write(INPUT + i, 8, 0);
        }
        return INPUT;
    }

    /** A child without memory: its first fetch is intercepted. */
    private long grandchild(int processors) {
        assertThat(guest.call(HvCallCode.CREATE_PARTITION, zero(), OUTPUT)).isZero();
        long id = rig.memory.read(OUTPUT, 8);
        rig.memory.write(zero(), 8, id);
        for (int i = 0; i < DEPOSIT; i++) {
            rig.memory.write(INPUT + 8 + 8L * i, 8, nextPage++);
        }
        assertThat(guest.call(HvCallCode.DEPOSIT_MEMORY | (long) DEPOSIT << 32, INPUT, OUTPUT) & 0xFFFF).isZero();
        rig.memory.write(zero(), 8, id);
        assertThat(guest.call(HvCallCode.INITIALIZE_PARTITION, INPUT, OUTPUT)).isZero();
        for (int i = 0; i < processors; i++) {
            rig.memory.write(INPUT + 8, 4, i);
            assertThat(guest.call(HvCallCode.CREATE_VP, INPUT, OUTPUT)).isZero();
        }
        return id;
    }

    private VirtualProcessor vp(long id, int index) {
        return rig.hypervisor.partitions().get(id).processors().get(index);
    }

    private void resume(long id, int index, int register) {
        rig.memory.write(zero(), 8, id);
        rig.memory.write(INPUT + 8, 4, index);
        rig.memory.write(INPUT + 16, 4, register);
        assertThat(guest.call(HvCallCode.SET_VP_REGISTERS | 1L << 32, INPUT, OUTPUT) & 0xFFFF).isZero();
    }

    private void run(long id, int index) {
        vp(id, index).scheduling().activate();
        resume(id, index, HvRegister.EXPLICIT_SUSPEND);
        pass();
        assertThat(vp(id, index).scheduling().interceptSuspended()).isTrue();
        assertThat(vp(id, index).intercepts().message().type()).isEqualTo(HvMessage.UNMAPPED_GPA);
        assertThat(vp(id, index).intercepts().message().get(HvInterceptMessage.MEMORY_GPA, 8)).isEqualTo(0xFFFF_FFF0L);
    }

    private void fill() {
        for (int i = 0; i < ROOM; i++) {
            assertThat(synic.post(0, OTHERS, 7, new byte[8], 0, 8)).isEqualTo(HvStatus.SUCCESS);
        }
        assertThat(synic.post(0, OTHERS, 7, new byte[8], 0, 8)).isEqualTo(HvStatus.INSUFFICIENT_BUFFERS);
    }

    /** The message in the slot, taken as the guest does: "partition.processor" of a notice, "other", or null when there is none. */
    private String take() {
        byte[] slot = new byte[HvMessage.SIZE];
        assertThat(rig.vid.memory(owner.id).read(MESSAGE_PAGE, slot, 0, slot.length)).isTrue();
        var buffer = ByteBuffer.wrap(slot).order(ByteOrder.LITTLE_ENDIAN);
        int type = buffer.getInt(HvMessage.TYPE);
        assertThat(rig.vid.memory(owner.id).write(MESSAGE_PAGE, new byte[4], 0, 4)).isTrue();
        if ((slot[HvMessage.FLAGS] & HvMessage.PENDING) != 0) {
            synic.endOfMessage();
        }
        return type == HvMessage.NONE ? null : type == OTHERS ? "other" : type == HvMessage.OPAQUE_INTERCEPT
                ? buffer.getLong(HvMessage.SENDER) + "." + buffer.getInt(HvMessage.PAYLOAD) : "message " + type;
    }

    /** All notices. */
    private List<String> notices() {
        List<String> all = new ArrayList<>();
        for (String next = take(); next != null; next = take()) {
            if (!next.equals("other")) {
                all.add(next);
            }
        }
        return all;
    }

    @Test
    void anInterceptIsTold() {
        long id = grandchild(1);
        run(id, 0);
        assertThat(notices()).containsExactly(id + ".0");
    }

    @Test
    void aNoticeWaitsForRoom() {
        long id = grandchild(1);
        fill();
        run(id, 0);
        assertThat(notices()).containsExactly(id + ".0");
        assertThat(vp(id, 0).scheduling().interceptSuspended()).isTrue();
    }

    @Test
    void aNoticeWaitsForAParentThatListens() {
        long id = grandchild(1);
        synic.setControl(0);
        run(id, 0);
        assertThat(take()).isNull();
        synic.setControl(1);
        assertThat(notices()).containsExactly(id + ".0");
    }

    @Test
    void noticesKeepTheirOrder() {
        long a = grandchild(2);
        long b = grandchild(1);
        fill();
        run(b, 0);
        run(a, 1);
        run(a, 0);
        assertThat(notices()).containsExactly(b + ".0", a + ".1", a + ".0");
    }

    @Test
    void whatIsAnsweredMeanwhileIsNotTold() {
        long id = grandchild(2);
        fill();
        run(id, 0);
        run(id, 1);
        vp(id, 0).scheduling().setSuspended(true);
        resume(id, 0, HvRegister.INTERCEPT_SUSPEND);
        assertThat(notices()).containsExactly(id + ".1");
    }

    @Test
    void aPartitionThatIsOverIsNotHeardOfAnyMore() {
        long over = grandchild(1);
        long id = grandchild(2);
        assertThat(synic.post(0, OTHERS, 7, new byte[8], 0, 8)).isEqualTo(HvStatus.SUCCESS);
        run(over, 0);
        run(id, 0);
        rig.memory.write(zero(), 8, over);
        assertThat(guest.call(HvCallCode.FINALIZE_PARTITION, INPUT, OUTPUT)).isZero();
        assertThat(notices()).containsExactly(id + ".0");
    }

    @Test
    void whoIsOwedANoticeIsState() {
        long id = grandchild(2);
        fill();
        run(id, 0);
        VirtualProcessor restored = vp(id, 1);
        RecordedState.copy(vp(id, 0).intercepts(), restored.intercepts());
        assertThat(notices()).containsExactly(id + ".0", id + ".1");
    }
}

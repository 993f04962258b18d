package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.StopReason.Kind;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Hypercalls of real guest code, in 32-bit mode: control in EDX:EAX, input in EBX:ECX, output in EDI:ESI, result in EDX:EAX. */
@ParameterizedClass
@EnumSource(Vendor.class)
class HypercallGuestTest {

    private static final int[] END = {0xE6, 0xF4};
    private static final int INPUT = 0x6000;

    private final int[] hypercall;
    private final Rig rig;
    private final Rig.Child child;

    HypercallGuestTest(Vendor vendor) {
        hypercall = vendor.hypercall();
        rig = new Rig(vendor).start();
        child = rig.child(4 << 20, HvPrivilege.CHILD);
    }

    @AfterEach
    void free() {
        rig.memory.close();
    }

    private void run(int[]... code) {
        var shared = rig.hypervisor.partitions().get(child.id).guestInterface();
        shared.setGuestOsId(1);
        assertThat(shared.setHypercall(0x5001)).isTrue();
        child.code(true, Arrays.stream(code).flatMapToInt(IntStream::of).toArray()).go();
        assertThat(rig.run(5000).kind()).isEqualTo(Kind.POWER_OFF);
        assertThat(child.stop).isNull();
    }

    private void poke(long address, int... words) {
        ByteBuffer b = ByteBuffer.allocate(4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
        b.asIntBuffer().put(words);
        assertThat(rig.vid.memory(child.id).write(address, b.array(), 0, b.capacity())).isTrue();
    }

    private void registers(long control, long input, long output) {
        int[] names = {HvRegister.RDX, HvRegister.RAX, HvRegister.RBX, HvRegister.RCX, HvRegister.RDI, HvRegister.RSI};
        long[] values = {control >>> 32, control & 0xFFFF_FFFFL, input >>> 32, input & 0xFFFF_FFFFL, output >>> 32, output & 0xFFFF_FFFFL};
        for (int i = 0; i < names.length; i++) {
            child.set(names[i], HvRegisterValue.of(values[i]));
        }
    }

    @Test
    void aGuestSignals() {
        rig.winHv.createEventPort(child.id, 9, () -> HvStatus.SUCCESS);
        registers(0x5D | 1 << 16, 9, 0);
        run(hypercall, END);
        assertThat(child.get(HvRegister.RAX)).isZero();
        assertThat(child.get(HvRegister.RDX)).isZero();
    }

    @Test
    void registersOfTheExtensionCarryInput() {
        // 33 bytes and more: flush of one page on processor 0 alone, as a set
        registers(0x14 | 1 << 16 | 1 << 17 | 1L << 32, 0, 0);
        child.set(HvRegister.XMM0, new HvRegisterValue(0, 1));
        child.set(HvRegister.XMM0 + 1, new HvRegisterValue(1, 0x9000));
        run(hypercall, END);
        assertThat(child.get(HvRegister.RAX)).isZero();
        assertThat(child.get(HvRegister.RDX)).as("repetitions").isEqualTo(1);
    }

    @Test
    void aDevicesRegisterIsReadIntoRegistersOfTheExtension() {
        registers(0x106 | 1 << 16, 0xFEC0_0010L, 4);
        child.set(HvRegister.XMM0 + 3, new HvRegisterValue(-1, -1));
        run(hypercall, END);
        assertThat(child.get(HvRegister.RAX)).isZero();
        assertThat(child.get(HvRegister.XMM0)).isEqualTo(0x5566_7788L);
        assertThat(child.get(HvRegister.XMM0 + 3)).isZero();
        assertThat(child.log).containsExactly("read fec00010/4");
    }

    @Test
    void aDevicesRegisterIsWrittenFromRegistersOfTheExtension() {
        registers(0x107 | 1 << 16, 0xFEC0_0020L, 2);
        child.set(HvRegister.XMM0, new HvRegisterValue(0x1_ABCD, 0));
        run(hypercall, END);
        assertThat(child.get(HvRegister.RAX)).isZero();
        assertThat(child.log).containsExactly("write fec00020/2=abcd");
    }

    @Test
    void aPageGivenBackReadsAsZeroAndKeepsWhatIsWrittenThen() {
        poke(INPUT, 2, 0, 0x20_0000, 0);
        registers(0x8003 | 1L << 32, INPUT, 0);
        run(new int[] {
            0xC7, 0x05, 0x00, 0x00, 0x20, 0x00, 0x78, 0x56, 0x34, 0x12}, // mov dword [0x200000],0x12345678
            hypercall, new int[] {
            0x8B, 0x2D, 0x00, 0x00, 0x20, 0x00,                         // mov ebp,[0x200000]
            0xC7, 0x05, 0x04, 0x00, 0x20, 0x00, 0x11, 0x00, 0x00, 0x00, // mov dword [0x200004],0x11
            0x8B, 0x1D, 0x04, 0x00, 0x20, 0x00}, END);                  // mov ebx,[0x200004]
        assertThat(child.get(HvRegister.RAX)).isZero();
        assertThat(child.get(HvRegister.RBP)).isZero();
        assertThat(child.get(HvRegister.RBX)).isEqualTo(0x11);
        byte[] kept = new byte[8];
        rig.vid.memory(child.id).read(0x20_0000, kept, 0, 8);
        assertThat(kept).containsExactly(0, 0, 0, 0, 0x11, 0, 0, 0);
    }

    @Test
    void aFlushLetsTheGuestSeeItsNewTables() {
        // page tables at 0x10000: 4 KiB pages, identity for the first 4 MiB; then page 0x20000 moves to 0x21000
        int[] tables = new int[1024];
        for (int i = 0; i < 1024; i++) {
            tables[i] = i << 12 | 3;
        }
        poke(0x10000, 0x11003);
        poke(0x11000, tables);
        poke(0x20000, 0xAAAA);
        poke(0x21000, 0xBBBB);
        poke(INPUT, 0, 0, 1, 0, 0, 0);
        registers(0x02, INPUT, 0);
        child.set(HvRegister.CR3, HvRegisterValue.of(0x10000));
        run(new int[] {
            0x0F, 0x20, 0xC5, 0x81, 0xCD, 0x00, 0x00, 0x00, 0x80, 0x0F, 0x22, 0xC5, // mov ebp,cr0; or ebp,0x80000000; mov cr0,ebp
            0x8B, 0x2D, 0x00, 0x00, 0x02, 0x00,                                     // mov ebp,[0x20000]
            0xC7, 0x05, 0x80, 0x10, 0x01, 0x00, 0x03, 0x10, 0x02, 0x00},            // mov dword [0x11080],0x21003
            hypercall, new int[] {
            0x8B, 0x1D, 0x00, 0x00, 0x02, 0x00}, END);                              // mov ebx,[0x20000]
        assertThat(child.get(HvRegister.RAX)).isZero();
        assertThat(child.get(HvRegister.RBP)).isEqualTo(0xAAAA);
        assertThat(child.get(HvRegister.RBX)).isEqualTo(0xBBBB);
    }
}

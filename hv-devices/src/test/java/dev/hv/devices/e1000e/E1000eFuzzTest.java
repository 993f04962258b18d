package dev.hv.devices.e1000e;

import static dev.hv.devices.e1000e.E1000eFormat.*;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cpu.snapshot.RecordedState;
import java.util.Arrays;

/** Random descriptors, registers, configuration and frames: no exception leaves the adapter, its work comes to an end, and a reset mends everything. */
class E1000eFuzzTest {

    private static final int MOST_STEPS = 60;
    private static final int[] REGISTERS = {CTRL, CTRL_EXT, MDIC, EERD, EEWR, RCTL, TCTL, RXCSUM, RFCTL, PSRCTL, MRQC, PBA, ICS, IMS, ICR, IVAR, EIAC, IAM, ITR, EITR, TIMINCA, TRANSMIT_QUEUES, TRANSMIT_QUEUES + LENGTH,
        TRANSMIT_QUEUES + HEAD, TRANSMIT_QUEUES + TAIL, RECEIVE_QUEUES, RECEIVE_QUEUES + LENGTH, RECEIVE_QUEUES + HEAD, RECEIVE_QUEUES + TAIL, RECEIVE_QUEUES + QUEUE_BYTES + TAIL};

    @FuzzTest
    void randomDriversHarmNobody(FuzzedDataProvider data) {
        var guest = new E1000eGuest();
        guest.up();
        for (int i = 0; i < MOST_STEPS && data.remainingBytes() > 0; i++) {
            switch (data.consumeInt(0, 7)) {
                case 0, 1 -> {
                    guest.descriptor(data.consumeInt(0, 3) == 0 ? data.consumeLong() : E1000eGuest.DATA + data.consumeInt(0, 5000), data.consumeInt(), data.consumeInt());
                    if (data.consumeBoolean()) {
                        guest.ring();
                    }
                }
                case 2 -> guest.write(data.pickValue(REGISTERS), data.consumeInt());
                case 3 -> guest.machine.bus.writeMmio(guest.base + data.consumeInt(0, BAR_BYTES - 8), 1 << data.consumeInt(0, 3), data.consumeLong());
                case 4 -> guest.machine.bus.readMmio(guest.base + data.consumeInt(0, BAR_BYTES - 8), 1 << data.consumeInt(0, 3));
                case 5 -> {
                    byte[] frame = data.consumeBytes(data.consumeInt(0, 300));
                    if (frame.length >= 14 && data.consumeBoolean()) {
                        System.arraycopy(E1000eGuest.frame(E1000eGuest.OWN.value(), E1000eGuest.OTHER.value(), 14), 0, frame, 0, 12);
                    }
                    guest.arrives(frame);
                }
                case 6 -> guest.machine.configure(0, 8, data.consumeInt(0, 0x3F) * 4, 4, data.consumeInt());
                default -> guest.clock.advance(data.consumeInt(0, 100_000));
            }
            guest.came.clear();
        }
        RecordedState.copy(guest.adapter, new E1000eGuest().adapter);
        guest.clock.advance(2_000_000_000L);
        guest.machine.host.reset();
        guest.adapter.reset();
        guest.adapter.setLink(true);
        guest.machine.configure(0, 8, 4, 2, 6);
        guest.write(TRANSMIT_QUEUES + TAIL, 0);
        Arrays.fill(guest.machine.memory, (byte) 0);
        guest.up();
        guest.came.clear();
        // to all: its own address stands in its memory, where a driver may have written another
        guest.arrives(E1000eGuest.frame(0xFFFF_FFFF_FFFFL, E1000eGuest.OTHER.value(), 60));
        assertThat(guest.status(0) & DONE).isEqualTo(DONE);
    }
}

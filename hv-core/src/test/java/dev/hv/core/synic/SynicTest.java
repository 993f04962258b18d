package dev.hv.core.synic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.snapshot.RecordedState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SynicTest {

    /** What the controller tells its processor. */
    private static final class Log implements SynicProcessor {
        final List<Integer> vectors = new ArrayList<>();
        long[] automatic = new long[4];

        @Override
        public void interrupt(int vector) {
            vectors.add(vector);
        }

        @Override
        public void autoEndOfInterrupt(long[] vectors) {
            automatic = vectors.clone();
        }
    }

    private final Log log = new Log();
    private final TestPage messages = new TestPage();
    private final TestPage events = new TestPage();
    private final Synic synic = new Synic(log, messages, events);

    private Synic enable(Synic s) {
        assertThat(s.setMessagePage(0x5001)).isTrue();
        assertThat(s.setEventPage(0x6001)).isTrue();
        s.setControl(1);
        return s;
    }

    private HvStatus post(int sint, int type, int... payload) {
        byte[] b = new byte[payload.length];
        for (int i = 0; i < b.length; i++) {
            b[i] = (byte) payload[i];
        }
        return synic.post(sint, type, 0x1_0000_0007L, b, 0, b.length);
    }

    private int type(int sint) {
        return (int) messages.read(256 * sint, 4);
    }

    private void take(int sint) {
        messages.write(256 * sint, 4, 0);
    }

    private boolean pendingFlag(int sint) {
        return (messages.bytes[256 * sint + 5] & 1) != 0;
    }

    @Test
    void afterResetSourcesAreMaskedAndPagesNowhere() {
        enable(synic);
        synic.setSint(3, 0x55);
        post(3, 1);
        post(3, 2);
        synic.reset();
        for (int i = 0; i < 16; i++) {
            assertThat(synic.sint(i)).isEqualTo(0x10000);
        }
        assertThat(synic.control()).isZero();
        assertThat(synic.messagePage()).isZero();
        assertThat(synic.eventPage()).isZero();
        assertThat(messages.at).isEqualTo(-1);
        assertThat(events.at).isEqualTo(-1);
        assertThat(messages.bytes).containsOnly(0);
        enable(synic);
        assertThat(type(3)).as("what waited is gone").isZero();
    }

    @Test
    void pagesLieWhereTheirRegistersSayAndStartEmpty() {
        messages.bytes[7] = 1;
        assertThat(synic.setMessagePage(0x1_2345_6FFFL)).isTrue();
        assertThat(messages.at).isEqualTo(0x12_3456);
        assertThat(synic.messagePage()).as("reserved bits read as zero").isEqualTo(0x1_2345_6001L);
        assertThat(messages.bytes).containsOnly(0);
        messages.bytes[9] = 1;
        assertThat(synic.setMessagePage(0x7001)).isTrue();
        assertThat(messages.bytes[9]).as("a page that moves keeps its contents").isEqualTo((byte) 1);
        assertThat(synic.setMessagePage(0x7000)).isTrue();
        assertThat(messages.at).isEqualTo(-1);
        assertThat(synic.messagePage()).isEqualTo(0x7000);
    }

    @Test
    void aPageThatCannotLieThereChangesNothing() {
        enable(synic);
        messages.refuses = true;
        events.refuses = true;
        assertThat(synic.setMessagePage(0x9001)).isFalse();
        assertThat(synic.setEventPage(0x9001)).isFalse();
        assertThat(synic.messagePage()).isEqualTo(0x5001);
        assertThat(synic.eventPage()).isEqualTo(0x6001);
    }

    @Test
    void unmaskedSourcesNeedAVectorFromSixteenOn() {
        assertThat(synic.setSint(0, 15)).isFalse();
        assertThat(synic.setSint(0, 15 | 1 << 16)).isTrue();
        assertThat(synic.setSint(0, 16)).isTrue();
        assertThat(synic.setSint(0, 1 << 18)).as("polled: no vector needed").isTrue();
        assertThat(synic.setSint(0, 1L << 32 | 0x30)).isFalse();
        assertThat(synic.setSint(0, 1 << 8 | 0x30)).isFalse();
        assertThat(synic.sint(0)).isEqualTo(1 << 18);
    }

    @Test
    void automaticEndsFollowTheUnmaskedSources() {
        synic.setSint(1, 0x20_0F3);
        synic.setSint(1, 0xF3 | 1 << 17);
        synic.setSint(2, 0x41 | 1 << 17);
        assertThat(log.automatic).containsExactly(0, 1L << 1, 0, 1L << 51);
        synic.setSint(2, 0x41 | 3 << 16);
        assertThat(log.automatic).containsExactly(0, 0, 0, 1L << 51);
    }

    @Test
    void aMessageHasItsHeaderAndPayload() {
        enable(synic);
        synic.setSint(2, 0xF3);
        assertThat(post(2, 0x1234_5678, 0xAA, 0xBB)).isEqualTo(HvStatus.SUCCESS);
        assertThat(type(2)).isEqualTo(0x1234_5678);
        assertThat(messages.read(516, 1)).as("payload size").isEqualTo(2);
        assertThat(messages.read(517, 1)).as("flags").isZero();
        assertThat(messages.read(520, 8)).as("sender").isEqualTo(0x1_0000_0007L);
        assertThat(messages.read(528, 4)).isEqualTo(0xBBAA);
        assertThat(log.vectors).containsExactly(0xF3);
    }

    @Test
    void messagesWaitInOrderForTheSlot() {
        enable(synic);
        synic.setSint(2, 0xF3);
        post(2, 11);
        post(2, 12);
        post(2, 13);
        assertThat(type(2)).isEqualTo(11);
        assertThat(pendingFlag(2)).isTrue();
        assertThat(log.vectors).hasSize(1);
        synic.endOfMessage();
        assertThat(type(2)).as("the slot is still taken").isEqualTo(11);
        take(2);
        synic.endOfMessage();
        assertThat(type(2)).isEqualTo(12);
        assertThat(pendingFlag(2)).isTrue();
        take(2);
        synic.endOfMessage();
        assertThat(type(2)).isEqualTo(13);
        assertThat(pendingFlag(2)).isFalse();
        assertThat(log.vectors).containsExactly(0xF3, 0xF3, 0xF3);
    }

    @Test
    void aSlotFreedWhileTheFlagIsSetIsFilledAtOnce() {
        enable(synic);
        post(2, 11);
        // the guest looks at the flag before it is set and frees the slot: it will not write EOM
        messages.onSetBit = () -> take(2);
        post(2, 12);
        assertThat(type(2)).isEqualTo(12);
        messages.onSetBit = () -> {};
    }

    @Test
    void aFullQueueRefuses() {
        enable(synic);
        int taken = 0;
        while (post(4, 1).ok()) {
            taken++;
        }
        assertThat(taken).isGreaterThan(1).isLessThan(1000);
        assertThat(post(4, 1)).isEqualTo(HvStatus.INSUFFICIENT_BUFFERS);
        assertThat(post(5, 1)).as("another source").isEqualTo(HvStatus.SUCCESS);
        take(4);
        assertThat(post(4, 1)).isEqualTo(HvStatus.SUCCESS);
    }

    @Test
    void nothingIsDeliveredWhileControllerOrPageAreOff() {
        assertThat(post(0, 1)).isEqualTo(HvStatus.INVALID_SYNIC_STATE);
        assertThat(synic.signal(0, 1)).isEqualTo(HvStatus.INVALID_SYNIC_STATE);
        synic.setControl(1);
        assertThat(post(0, 1)).isEqualTo(HvStatus.INVALID_SYNIC_STATE);
        assertThat(synic.signal(0, 1)).isEqualTo(HvStatus.INVALID_SYNIC_STATE);
        enable(synic).setControl(0);
        assertThat(post(0, 1)).isEqualTo(HvStatus.INVALID_SYNIC_STATE);
        assertThat(messages.bytes).containsOnly(0);
    }

    @Test
    void whatWaitsComesWhenTheControllerIsOnAgain() {
        enable(synic);
        post(0, 1);
        post(0, 2);
        synic.setControl(0);
        take(0);
        synic.endOfMessage();
        assertThat(type(0)).isZero();
        synic.setControl(1);
        assertThat(type(0)).isEqualTo(2);
    }

    @Test
    void aMessageOfNoTypeIsRefused() {
        enable(synic);
        assertThat(post(0, 0)).isEqualTo(HvStatus.INVALID_PARAMETER);
    }

    @Test
    void maskedAndPolledSourcesGetMessagesWithoutInterrupts() {
        enable(synic);
        synic.setSint(6, 0x66 | 1 << 16);
        synic.setSint(7, 0x77 | 1 << 18);
        post(6, 1);
        post(7, 1);
        synic.signal(7, 0);
        assertThat(type(6)).isEqualTo(1);
        assertThat(type(7)).isEqualTo(1);
        assertThat(log.vectors).isEmpty();
    }

    @Test
    void aFlagInterruptsOnlyWhenItWasClear() {
        enable(synic);
        synic.setSint(5, 0x50);
        assertThat(synic.signal(5, 2047)).isEqualTo(HvStatus.SUCCESS);
        assertThat(events.bytes[5 * 256 + 255]).isEqualTo((byte) 0x80);
        assertThat(synic.signal(5, 2047)).isEqualTo(HvStatus.SUCCESS);
        assertThat(log.vectors).containsExactly(0x50);
        events.clear();
        synic.signal(5, 2047);
        assertThat(log.vectors).containsExactly(0x50, 0x50);
    }

    @Test
    void flagsThatDoNotExistAreRefused() {
        enable(synic);
        assertThat(synic.signal(5, 2048)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(synic.signal(5, -1)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(events.bytes).containsOnly(0);
    }

    @Test
    void restoredStateGoesOn() {
        enable(synic);
        synic.setSint(2, 0xF3 | 1 << 17);
        post(2, 11);
        post(2, 12);
        var otherLog = new Log();
        var otherMessages = new TestPage();
        var other = new Synic(otherLog, otherMessages, new TestPage());
        RecordedState.copy(synic, other);
        assertThat(other.sint(2)).isEqualTo(0x200F3);
        assertThat(other.messagePage()).isEqualTo(0x5001);
        assertThat(other.eventPage()).isEqualTo(0x6001);
        assertThat(otherLog.automatic).containsExactly(0, 0, 0, 1L << 51);
        other.endOfMessage();
        assertThat(otherMessages.read(512, 4)).as("what waited, its page being empty here").isEqualTo(12);
        assertThat(otherLog.vectors).containsExactly(0xF3);
    }
}

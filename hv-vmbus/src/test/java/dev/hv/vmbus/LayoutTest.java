package dev.hv.vmbus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.vmbus.memory.RangeFormat;
import dev.hv.vmbus.protocol.Guid;
import dev.hv.vmbus.protocol.NtStatus;
import dev.hv.vmbus.protocol.VmbusMessages;
import dev.hv.vmbus.ring.Packet;
import dev.hv.vmbus.ring.PacketFormat;
import dev.hv.vmbus.ring.RingFormat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Offsets as running sums of the fields' sizes, as the public headers list them. */
@DisplayName("Layouts of VMBus")
class LayoutTest {

    /** Checks the offsets of fields that follow each other. */
    private static final class Fields {
        private int at;

        private Fields(int header) {
            at = header;
        }

        private Fields skip(int bytes) {
            at += bytes;
            return this;
        }

        private Fields field(int offset, int bytes) {
            assertThat(offset).isEqualTo(at);
            return skip(bytes);
        }

        private void size(int size) {
            assertThat(size).isEqualTo(at);
        }
    }

    @Test
    @DisplayName("number the messages as the protocol does")
    void types() {
        assertThat(new int[] {VmbusMessages.OFFER_CHANNEL, VmbusMessages.RESCIND, VmbusMessages.REQUEST_OFFERS,
            VmbusMessages.ALL_OFFERS_DELIVERED, VmbusMessages.OPEN, VmbusMessages.OPEN_RESULT, VmbusMessages.CLOSE,
            VmbusMessages.GPADL_HEADER, VmbusMessages.GPADL_BODY, VmbusMessages.GPADL_CREATED, VmbusMessages.GPADL_TEARDOWN,
            VmbusMessages.GPADL_TORNDOWN, VmbusMessages.RELEASED, VmbusMessages.INITIATE_CONTACT, VmbusMessages.VERSION_RESPONSE,
            VmbusMessages.UNLOAD, VmbusMessages.UNLOAD_RESPONSE})
                .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17);
        assertThat(new int[] {VmbusMessages.TL_CONNECT, VmbusMessages.MODIFY_CHANNEL, VmbusMessages.TL_RESULT,
            VmbusMessages.MODIFY_RESPONSE}).containsExactly(21, 22, 23, 24);
    }

    @Test
    @DisplayName("of an offer: identity, flags, user data, ids")
    void offer() {
        new Fields(VmbusMessages.HEADER).field(VmbusMessages.OFFER_INTERFACE, 16).field(VmbusMessages.OFFER_INSTANCE, 16).skip(16)
                .field(VmbusMessages.OFFER_FLAGS, 2).field(VmbusMessages.OFFER_MMIO, 2)
                .field(VmbusMessages.OFFER_USER, VmbusMessages.USER_SIZE).field(VmbusMessages.OFFER_SUB_INDEX, 2).skip(2)
                .field(VmbusMessages.OFFER_CHANNEL_ID, 4).field(VmbusMessages.OFFER_MONITOR, 1).skip(1)
                .field(VmbusMessages.OFFER_DEDICATED, 2).field(VmbusMessages.OFFER_CONNECTION, 4).size(VmbusMessages.OFFER_SIZE);
        assertThat(VmbusMessages.OFFER_SIZE).isEqualTo(8 + 188);
        assertThat(VmbusMessages.USER_SIZE).isEqualTo(120);
    }

    @Test
    @DisplayName("of opening, closing and moving a channel")
    void open() {
        new Fields(VmbusMessages.HEADER).field(VmbusMessages.CHANNEL, 4).field(VmbusMessages.OPEN_ID, 4).field(VmbusMessages.OPEN_GPADL, 4)
                .field(VmbusMessages.OPEN_TARGET, 4).field(VmbusMessages.OPEN_DOWNSTREAM, 4)
                .field(VmbusMessages.OPEN_USER, VmbusMessages.USER_SIZE).size(VmbusMessages.OPEN_SIZE);
        new Fields(VmbusMessages.HEADER).skip(4).field(VmbusMessages.OPEN_ID, 4).field(VmbusMessages.OPEN_STATUS, 4)
                .size(VmbusMessages.OPEN_RESULT_SIZE);
        new Fields(VmbusMessages.HEADER).skip(4).size(VmbusMessages.CHANNEL_SIZE);
        new Fields(VmbusMessages.HEADER).skip(4).field(VmbusMessages.MODIFY_TARGET, 4).size(VmbusMessages.MODIFY_SIZE);
        new Fields(VmbusMessages.HEADER).skip(4).field(VmbusMessages.MODIFY_STATUS, 4).size(VmbusMessages.MODIFY_SIZE);
    }

    @Test
    @DisplayName("of describing memory")
    void gpadl() {
        new Fields(VmbusMessages.HEADER).skip(4).field(VmbusMessages.GPADL_ID, 4).field(VmbusMessages.GPADL_BYTES, 2)
                .field(VmbusMessages.GPADL_RANGES, 2).size(VmbusMessages.GPADL_DATA);
        new Fields(VmbusMessages.HEADER).skip(4).skip(4).size(VmbusMessages.GPADL_BODY_DATA);
        new Fields(VmbusMessages.HEADER).skip(8).field(VmbusMessages.GPADL_STATUS, 4).size(VmbusMessages.GPADL_CREATED_SIZE);
        new Fields(VmbusMessages.HEADER).skip(8).size(VmbusMessages.GPADL_TEARDOWN_SIZE);
        new Fields(0).field(RangeFormat.LENGTH, 4).field(RangeFormat.OFFSET, 4).size(RangeFormat.HEAD);
        assertThat(RangeFormat.PAGE_NUMBER).isEqualTo(8);
        // as many page numbers as the public text says fit into messages of 240 bytes
        assertThat((240 - VmbusMessages.GPADL_DATA - RangeFormat.HEAD) / RangeFormat.PAGE_NUMBER).isEqualTo(26);
        assertThat((240 - VmbusMessages.GPADL_BODY_DATA) / RangeFormat.PAGE_NUMBER).isEqualTo(28);
    }

    @Test
    @DisplayName("of making contact and of sockets")
    void contact() {
        new Fields(VmbusMessages.HEADER).field(VmbusMessages.CONTACT_VERSION, 4).field(VmbusMessages.CONTACT_TARGET, 4)
                .field(VmbusMessages.CONTACT_SINT, 8).skip(16).size(VmbusMessages.CONTACT_SIZE);
        new Fields(VmbusMessages.HEADER).field(VmbusMessages.VERSION_SUPPORTED, 4).field(VmbusMessages.VERSION_CONNECTION, 4)
                .size(VmbusMessages.VERSION_RESPONSE_SIZE);
        assertThat(VmbusMessages.VERSION_RESPONSE_SIZE_6).isEqualTo(VmbusMessages.VERSION_RESPONSE_SIZE + 4);
        new Fields(VmbusMessages.HEADER).field(VmbusMessages.TL_ENDPOINT, 32).size(VmbusMessages.TL_CONNECT_SIZE);
        new Fields(VmbusMessages.HEADER).skip(32).field(VmbusMessages.TL_STATUS, 4).size(VmbusMessages.TL_RESULT_SIZE);
    }

    @Test
    @DisplayName("of rings and packets")
    void rings() {
        new Fields(0).field(RingFormat.IN, 4).field(RingFormat.OUT, 4).field(RingFormat.INTERRUPT_MASK, 4)
                .field(RingFormat.PENDING_SEND_SIZE, 4);
        assertThat(RingFormat.FEATURES).isEqualTo(64);
        assertThat(RingFormat.DATA).isEqualTo(4096);
        new Fields(0).field(PacketFormat.TYPE, 2).field(PacketFormat.OFFSET, 2).field(PacketFormat.LENGTH, 2).field(PacketFormat.FLAGS, 2)
                .field(PacketFormat.TRANSACTION, 8).size(PacketFormat.DESCRIPTOR);
        new Fields(PacketFormat.DESCRIPTOR).skip(4).field(PacketFormat.GPA_COUNT, 4).size(PacketFormat.GPA_RANGES);
        new Fields(PacketFormat.DESCRIPTOR).field(PacketFormat.TRANSFER_SET, 4).field(PacketFormat.TRANSFER_COUNT, 4)
                .size(PacketFormat.TRANSFER_RANGES);
        assertThat(PacketFormat.TRAILER).isEqualTo(8);
        assertThat(new int[] {Packet.Type.IN_BAND.number(), Packet.Type.TRANSFER_PAGES.number(), Packet.Type.GPA_DIRECT.number(),
            Packet.Type.COMPLETION.number()}).containsExactly(6, 7, 9, 11);
    }

    @Test
    @DisplayName("of statuses, as Windows numbers them")
    void statuses() {
        assertThat(new int[] {NtStatus.SUCCESS, NtStatus.UNSUCCESSFUL, NtStatus.INVALID_PARAMETER, NtStatus.CONNECTION_REFUSED})
                .containsExactly(0, 0xC0000001, 0xC000000D, 0xC0000236);
    }

    @Test
    @DisplayName("of GUIDs: three groups little-endian, the rest in order")
    void guid() {
        byte[] b = new byte[16];
        Guid.of("00112233-4455-6677-8899-aabbccddeeff").put(b, 0);
        assertThat(b).containsExactly(0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF);
        assertThat(Guid.of("00112233-4455-6677-8899-aabbccddeeff")).hasToString("00112233-4455-6677-8899-aabbccddeeff");
    }
}

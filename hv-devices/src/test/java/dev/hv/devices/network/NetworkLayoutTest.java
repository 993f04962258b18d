package dev.hv.devices.network;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Holds the layouts to the numbers of the public NVSP, RNDIS and NDIS definitions. */
class NetworkLayoutTest {

    @Test
    void nvspMessageTypes() {
        assertThat(new int[] {NvspFormat.INIT, NvspFormat.INIT_COMPLETE, NvspFormat.SEND_NDIS_VERSION, NvspFormat.SEND_RECEIVE_BUFFER,
                NvspFormat.SEND_RECEIVE_BUFFER_COMPLETE, NvspFormat.REVOKE_RECEIVE_BUFFER, NvspFormat.SEND_SEND_BUFFER,
                NvspFormat.SEND_SEND_BUFFER_COMPLETE, NvspFormat.REVOKE_SEND_BUFFER, NvspFormat.SEND_RNDIS_PACKET,
                NvspFormat.SEND_RNDIS_PACKET_COMPLETE, NvspFormat.SEND_NDIS_CONFIG, NvspFormat.SWITCH_DATA_PATH, NvspFormat.SUB_CHANNEL,
                NvspFormat.SEND_INDIRECTION_TABLE})
                .containsExactly(1, 2, 100, 101, 102, 103, 104, 105, 106, 107, 108, 125, 129, 133, 134);
        assertThat(NvspFormat.SIZE).isEqualTo(40);
        assertThat(new int[] {NvspFormat.SUCCESS, NvspFormat.FAILURE}).containsExactly(1, 2);
    }

    @Test
    void nvspFields() {
        assertThat(new int[] {NvspFormat.INIT_MIN, NvspFormat.INIT_MAX, NvspFormat.COMPLETE_VERSION, NvspFormat.COMPLETE_MAX_MDL,
                NvspFormat.COMPLETE_STATUS}).containsExactly(4, 8, 4, 8, 12);
        assertThat(new int[] {NvspFormat.BUFFER_GPADL, NvspFormat.BUFFER_ID, NvspFormat.RECEIVE_STATUS, NvspFormat.RECEIVE_SECTIONS,
                NvspFormat.SECTION, NvspFormat.SEND_STATUS, NvspFormat.SEND_SECTION_SIZE}).containsExactly(4, 8, 4, 8, 12, 4, 8);
        assertThat(new int[] {NvspFormat.RNDIS_CHANNEL, NvspFormat.RNDIS_SECTION, NvspFormat.RNDIS_SECTION_BYTES, NvspFormat.RNDIS_STATUS})
                .containsExactly(4, 8, 12, 4);
        assertThat(new int[] {NvspFormat.CONFIG_MTU, NvspFormat.CONFIG_CAPABILITIES, NvspFormat.COALESCING}).containsExactly(4, 12, 0x80);
        assertThat(new int[] {NvspFormat.SUB_CHANNEL_OPERATION, NvspFormat.SUB_CHANNEL_STATUS, NvspFormat.SUB_CHANNEL_COUNT,
                NvspFormat.ALLOCATE_SUB_CHANNELS}).containsExactly(4, 4, 8, 1);
        assertThat(new int[] {NvspFormat.TABLE_COUNT, NvspFormat.TABLE_OFFSET, NvspFormat.TABLE, NvspFormat.TABLE_ENTRIES})
                .containsExactly(4, 8, 12, 16);
    }

    @Test
    void rndisPackets() {
        assertThat(new int[] {RndisFormat.TYPE, RndisFormat.LENGTH, RndisFormat.BODY, RndisFormat.DATA_OFFSET, RndisFormat.DATA_LENGTH,
                RndisFormat.PPI_OFFSET, RndisFormat.PPI_LENGTH, RndisFormat.PACKET_HEADER}).containsExactly(0, 4, 8, 8, 12, 28, 32, 44);
        assertThat(new int[] {RndisFormat.INFO_SIZE, RndisFormat.INFO_TYPE, RndisFormat.INFO_DATA, RndisFormat.INFO_HEADER})
                .containsExactly(0, 4, 8, 12);
        assertThat(new int[] {RndisFormat.CHECKSUM_INFO, RndisFormat.LARGE_SEND_INFO, RndisFormat.VLAN_INFO, RndisFormat.PACKET_ID_INFO})
                .containsExactly(0, 2, 6, 0x80000001);
        assertThat(new int[] {RndisFormat.SEND_TCP, RndisFormat.SEND_UDP, RndisFormat.SEND_IP, RndisFormat.RECEIVED_TCP,
                RndisFormat.RECEIVED_UDP, RndisFormat.RECEIVED_IP}).containsExactly(4, 8, 16, 8, 16, 32);
        assertThat(new int[] {RndisFormat.SEGMENT_MASK, RndisFormat.LARGE_SEND_V2}).containsExactly(0xFFFFF, 0x40000000);
        assertThat(new int[] {RndisFormat.PACKET_ID_VERSION, RndisFormat.PART, RndisFormat.FIRST_PART, RndisFormat.LAST_PART})
                .containsExactly(1, 1, 2, 4);
    }

    @Test
    void rndisControl() {
        assertThat(new int[] {RndisFormat.PACKET, RndisFormat.INITIALIZE, RndisFormat.HALT, RndisFormat.QUERY, RndisFormat.SET,
                RndisFormat.RESET, RndisFormat.INDICATE_STATUS, RndisFormat.KEEPALIVE}).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(new int[] {RndisFormat.COMPLETION, RndisFormat.NOT_SUPPORTED, RndisFormat.INVALID_DATA, RndisFormat.MEDIA_CONNECT,
                RndisFormat.MEDIA_DISCONNECT}).containsExactly(0x80000000, 0xC00000BB, 0xC0010015, 0x4001000B, 0x4001000C);
        assertThat(new int[] {RndisFormat.REQUEST_ID, RndisFormat.STATUS, RndisFormat.OID, RndisFormat.INFO_LENGTH, RndisFormat.INFO_OFFSET,
                RndisFormat.REQUEST_HEADER, RndisFormat.ANSWER_LENGTH, RndisFormat.ANSWER_OFFSET, RndisFormat.ANSWER_HEADER,
                RndisFormat.INITIALIZE_COMPLETE_SIZE, RndisFormat.SET_COMPLETE_SIZE, RndisFormat.INDICATE_SIZE})
                .containsExactly(8, 12, 12, 16, 20, 28, 16, 20, 24, 52, 16, 20);
        assertThat(new int[] {RndisFormat.OID_MAXIMUM_FRAME_SIZE, RndisFormat.OID_LINK_SPEED, RndisFormat.OID_PACKET_FILTER,
                RndisFormat.OID_MEDIA_CONNECT_STATUS, RndisFormat.OID_SCALING_CAPABILITIES, RndisFormat.OID_SCALING_PARAMETERS,
                RndisFormat.OID_PERMANENT_ADDRESS, RndisFormat.OID_CURRENT_ADDRESS, RndisFormat.OID_OFFLOAD_PARAMETERS,
                RndisFormat.OID_OFFLOAD_CAPABILITIES}).containsExactly(0x10106, 0x10107, 0x1010E, 0x10114, 0x10203, 0x10204, 0x1010101,
                0x1010102, 0xFC01020C, 0xFC01020D);
    }

    @Test
    void offloads() {
        assertThat(new int[] {OffloadFormat.IPV4_SEND_ENCAPSULATION, OffloadFormat.IPV4_SEND, OffloadFormat.IPV4_RECEIVE_ENCAPSULATION,
                OffloadFormat.IPV4_RECEIVE, OffloadFormat.IPV6_SEND_ENCAPSULATION, OffloadFormat.IPV6_SEND,
                OffloadFormat.IPV6_RECEIVE_ENCAPSULATION, OffloadFormat.IPV6_RECEIVE}).containsExactly(4, 8, 12, 16, 20, 24, 28, 32);
        assertThat(new int[] {OffloadFormat.LARGE_SEND_IPV4, OffloadFormat.LARGE_SEND_IPV6, OffloadFormat.LARGE_SEND_SIZE,
                OffloadFormat.LARGE_SEND_LEAST, OffloadFormat.LARGE_SEND_IPV6_OPTIONS, OffloadFormat.LEAST, OffloadFormat.COALESCE_IPV4,
                OffloadFormat.COALESCE_IPV6}).containsExactly(80, 92, 4, 8, 104, 112, 144, 145);
        assertThat(new int[] {OffloadFormat.TCP_IPV4, OffloadFormat.UDP_IPV4, OffloadFormat.TCP_IPV6, OffloadFormat.UDP_IPV6,
                OffloadFormat.WANT_COALESCE_IPV4, OffloadFormat.WANT_COALESCE_IPV6}).containsExactly(5, 6, 7, 8, 22, 23);
        assertThat(new int[] {OffloadFormat.CAPABILITIES_TYPE, OffloadFormat.ETHERNET, OffloadFormat.UNCHANGED, OffloadFormat.ON,
                OffloadFormat.RECEIVE_ONLY, OffloadFormat.SEND_AND_RECEIVE}).containsExactly(0xA7, 2, 0, 2, 3, 4);
    }

    @Test
    void scaling() {
        assertThat(new int[] {ScalingFormat.CAPABILITY_FLAGS, ScalingFormat.INTERRUPTS, ScalingFormat.QUEUES, ScalingFormat.TABLE_ENTRIES,
                ScalingFormat.CAPABILITIES_TYPE}).containsExactly(4, 8, 12, 16, 0x88);
        assertThat(new int[] {ScalingFormat.FLAGS, ScalingFormat.HASH, ScalingFormat.TABLE_BYTES, ScalingFormat.TABLE_OFFSET,
                ScalingFormat.KEY_BYTES, ScalingFormat.KEY_OFFSET}).containsExactly(4, 8, 12, 16, 20, 24);
        assertThat(new int[] {ScalingFormat.IPV4, ScalingFormat.TCP_IPV4, ScalingFormat.IPV6, ScalingFormat.TCP_IPV6})
                .containsExactly(0x100, 0x200, 0x400, 0x1000);
        assertThat(new int[] {ScalingFormat.HASH_UNCHANGED, ScalingFormat.TABLE_UNCHANGED, ScalingFormat.KEY_UNCHANGED, ScalingFormat.OFF})
                .containsExactly(2, 4, 8, 16);
    }
}

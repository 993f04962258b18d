package dev.hv.devices.network;

import static dev.hv.devices.network.NvspFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.vmbus.protocol.PayloadText;

/** Packets of network adapters in words. */
public final class NetworkText implements PayloadText {

    /** Has no state. */
    public NetworkText() {}

    @Override
    public void describe(boolean fromGuest, byte[] p, int length, boolean completion, StringBuilder out) {
        if (length < 4) {
            out.append("malformed, ").append(length).append(" bytes");
            return;
        }
        int type = LittleEndian.u32(p, TYPE);
        switch (type) {
            case INIT -> out.append("Init").append(number(p, length, " versions", INIT_MIN)).append(number(p, length, " to", INIT_MAX));
            case INIT_COMPLETE -> out.append("InitComplete").append(number(p, length, " version", COMPLETE_VERSION)).append(number(p, length, " status", COMPLETE_STATUS));
            case SEND_NDIS_VERSION -> out.append("SendNdisVersion");
            case SEND_RECEIVE_BUFFER -> out.append("SendReceiveBuffer").append(number(p, length, " gpadl", BUFFER_GPADL));
            case SEND_RECEIVE_BUFFER_COMPLETE -> out.append("SendReceiveBufferComplete").append(number(p, length, " status", RECEIVE_STATUS));
            case REVOKE_RECEIVE_BUFFER -> out.append("RevokeReceiveBuffer");
            case SEND_SEND_BUFFER -> out.append("SendSendBuffer").append(number(p, length, " gpadl", BUFFER_GPADL));
            case SEND_SEND_BUFFER_COMPLETE -> out.append("SendSendBufferComplete").append(number(p, length, " status", SEND_STATUS));
            case REVOKE_SEND_BUFFER -> out.append("RevokeSendBuffer");
            case SEND_RNDIS_PACKET -> out.append("SendRndisPacket").append(length >= 8 && LittleEndian.u32(p, RNDIS_CHANNEL) == 0 ? " data" : " control")
                    .append(number(p, length, " section", RNDIS_SECTION)).append(number(p, length, " bytes", RNDIS_SECTION_BYTES));
            case SEND_RNDIS_PACKET_COMPLETE -> out.append("SendRndisPacketComplete").append(number(p, length, " status", RNDIS_STATUS));
            case SEND_NDIS_CONFIG -> out.append("SendNdisConfig");
            case SWITCH_DATA_PATH -> out.append("SwitchDataPath");
            case SUB_CHANNEL -> out.append("SubChannel").append(number(p, length, " status", SUB_CHANNEL_STATUS)).append(number(p, length, " count", SUB_CHANNEL_COUNT));
            default -> out.append("NVSP type ").append(type).append(", ").append(length).append(" bytes");
        }
    }

    private static String number(byte[] p, int length, String name, int at) {
        return at + 4 > length ? "" : name + " 0x" + Integer.toHexString(LittleEndian.u32(p, at));
    }
}

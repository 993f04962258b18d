package dev.hv.devices.storage;

import static dev.hv.devices.storage.ScsiOpcode.*;
import static dev.hv.devices.storage.StorvscFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.vmbus.protocol.PayloadText;

/** Packets of SCSI controllers in words. */
public final class StorageText implements PayloadText {

    /** Has no state. */
    public StorageText() {}

    @Override
    public void describe(boolean fromGuest, byte[] p, int length, boolean completion, StringBuilder out) {
        if (length < BODY) {
            out.append("malformed, ").append(length).append(" bytes");
            return;
        }
        int operation = LittleEndian.u32(p, OPERATION);
        int status = LittleEndian.u32(p, STATUS);
        switch (operation) {
            case COMPLETE_IO -> {
                out.append("CompleteIo");
                if (length >= SRB_SENSE_LENGTH + 1) {
                    out.append(" srb 0x%02x scsi 0x%02x".formatted(p[SRB_STATUS], p[SRB_SCSI_STATUS]));
                }
            }
            case EXECUTE_SRB -> command(p, length, out.append("ExecuteSrb"));
            case REMOVE_DEVICE -> out.append("RemoveDevice");
            case RESET_LUN -> out.append("ResetLun");
            case RESET_ADAPTER -> out.append("ResetAdapter");
            case RESET_BUS -> out.append("ResetBus");
            case BEGIN_INITIALIZATION -> out.append("BeginInitialization");
            case END_INITIALIZATION -> out.append("EndInitialization");
            case QUERY_PROTOCOL_VERSION -> out.append("QueryProtocolVersion ").append(p.length > VERSION + 1 ? p[VERSION + 1] + "." + p[VERSION] : "truncated");
            case QUERY_PROPERTIES -> out.append("QueryProperties");
            case ENUMERATE_BUS -> out.append("EnumerateBus");
            case CREATE_SUB_CHANNELS -> out.append("CreateSubChannels ").append(length >= SUB_CHANNELS + 2 ? LittleEndian.u16(p, SUB_CHANNELS) : "truncated");
            default -> out.append("operation ").append(operation);
        }
        if (completion) {
            out.append(" status 0x%08x".formatted(status));
        }
    }

    private static void command(byte[] p, int length, StringBuilder out) {
        if (length < SRB_CDB + 16) {
            out.append(" truncated");
            return;
        }
        int opcode = p[SRB_CDB] & 0xFF;
        out.append(" lun ").append(p[SRB_TARGET]).append(':').append(p[SRB_LUN]).append(' ').append(name(opcode));
        switch (opcode) {
            case READ_10, WRITE_10, SYNCHRONIZE_CACHE_10, VERIFY_10, WRITE_SAME_10 -> blocks(Wire.big32(p, SRB_CDB + 2), Wire.big16(p, SRB_CDB + 7), out);
            case READ_12, WRITE_12 -> blocks(Wire.big32(p, SRB_CDB + 2), Wire.big32(p, SRB_CDB + 6), out);
            case READ_16, WRITE_16, SYNCHRONIZE_CACHE_16, VERIFY_16, WRITE_SAME_16 -> blocks(Wire.big64(p, SRB_CDB + 2), Wire.big32(p, SRB_CDB + 10), out);
            default -> out.append(", ").append(LittleEndian.u32(p, SRB_TRANSFER_LENGTH) & 0xFFFF_FFFFL).append(" bytes");
        }
    }

    private static void blocks(long first, long count, StringBuilder out) {
        out.append(" block ").append(Long.toUnsignedString(first)).append(" count ").append(count);
    }

    private static String name(int opcode) {
        return switch (opcode) {
            case TEST_UNIT_READY -> "TEST UNIT READY";
            case REQUEST_SENSE -> "REQUEST SENSE";
            case READ_6 -> "READ(6)";
            case WRITE_6 -> "WRITE(6)";
            case INQUIRY -> "INQUIRY";
            case MODE_SELECT_6 -> "MODE SELECT(6)";
            case MODE_SENSE_6 -> "MODE SENSE(6)";
            case START_STOP_UNIT -> "START STOP UNIT";
            case PREVENT_ALLOW_MEDIUM_REMOVAL -> "PREVENT ALLOW MEDIUM REMOVAL";
            case READ_CAPACITY_10 -> "READ CAPACITY(10)";
            case READ_10 -> "READ(10)";
            case WRITE_10 -> "WRITE(10)";
            case VERIFY_10 -> "VERIFY(10)";
            case SYNCHRONIZE_CACHE_10 -> "SYNCHRONIZE CACHE(10)";
            case WRITE_SAME_10 -> "WRITE SAME(10)";
            case UNMAP -> "UNMAP";
            case READ_TOC -> "READ TOC";
            case GET_CONFIGURATION -> "GET CONFIGURATION";
            case GET_EVENT_STATUS_NOTIFICATION -> "GET EVENT STATUS NOTIFICATION";
            case MODE_SELECT_10 -> "MODE SELECT(10)";
            case MODE_SENSE_10 -> "MODE SENSE(10)";
            case READ_16 -> "READ(16)";
            case WRITE_16 -> "WRITE(16)";
            case VERIFY_16 -> "VERIFY(16)";
            case SYNCHRONIZE_CACHE_16 -> "SYNCHRONIZE CACHE(16)";
            case WRITE_SAME_16 -> "WRITE SAME(16)";
            case SERVICE_ACTION_IN_16 -> "SERVICE ACTION IN(16)";
            case REPORT_LUNS -> "REPORT LUNS";
            case READ_12 -> "READ(12)";
            case WRITE_12 -> "WRITE(12)";
            default -> "opcode 0x%02x".formatted(opcode);
        };
    }
}

package dev.hv.devices.nvme;

import static dev.hv.devices.nvme.NvmeFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.disk.DiskRequest;
import dev.hv.devices.disk.DiskStatus;
import java.util.Arrays;

/** A command of the NVM command set (6) on its way to a namespace's disk and back. */
final class NvmeRequest implements DiskRequest {

    /** Dataset management: bytes of a range, ranges at most, and the attribute that deallocates. */
    private static final int RANGE = 16;
    static final int DEALLOCATE = 1 << 2;
    private static final int FORCE_UNIT_ACCESS = 1 << 30;
    private static final int DEALLOCATE_ZEROED = 1 << 25;

    private final NvmeController controller;
    private final NvmeCommand command;
    private final NvmeNamespace namespace;
    private final int bytes;
    private byte[] buffer;
    private byte[] compared;
    private DataPointer pointer;
    private long failed;
    private int status = OK;
    private DiskStatus result = DiskStatus.OK;

    /** A command that was checked. */
    NvmeRequest(NvmeController controller, NvmeCommand command, NvmeNamespace namespace) {
        this.controller = controller;
        this.command = command;
        this.namespace = namespace;
        bytes = bytes(command, namespace);
    }

    /** Bytes that a command moves. */
    static int bytes(NvmeCommand c, NvmeNamespace n) {
        return switch (c.opcode()) {
            case READ, WRITE, COMPARE -> c.blocks() << n.blockShift();
            case DATASET_MANAGEMENT -> ((c.dword(10) & 0xFF) + 1) * RANGE;
            default -> 0;
        };
    }

    /** What is wrong with a command before it meets its disk: a status. */
    static int check(NvmeCommand c, NvmeNamespace n) {
        boolean range = false;
        switch (c.opcode()) {
            case READ, WRITE, COMPARE, WRITE_ZEROES -> range = true;
            case FLUSH, DATASET_MANAGEMENT -> { }
            default -> {
                return INVALID_OPCODE;
            }
        }
        if (n == null) {
            return INVALID_NAMESPACE;
        }
        // no fused operations
        if ((c.flags() & 3) != 0 || c.flags() >> 6 == 3 || bytes(c, n) > PAGE << MDTS) {
            return INVALID_FIELD;
        }
        if (range && !n.holds(c.block(), c.blocks())) {
            return LBA_OUT_OF_RANGE;
        }
        boolean writes = c.opcode() == WRITE || c.opcode() == WRITE_ZEROES || c.opcode() == DATASET_MANAGEMENT;
        return writes && n.disk().readOnly() ? WRITE_PROTECTED : OK;
    }

    NvmeCommand command() {
        return command;
    }

    NvmeNamespace namespace() {
        return namespace;
    }

    /** The first block that could not be read or written, or of those among which it is. */
    long failed() {
        return failed;
    }

    @Override
    public int bytes() {
        return bytes;
    }

    private boolean writes() {
        return command.opcode() == WRITE || command.opcode() == WRITE_ZEROES;
    }

    private long offset() {
        return command.block() << namespace.blockShift();
    }

    private long length() {
        return (long) command.blocks() << namespace.blockShift();
    }

    private boolean moves() {
        return (writes() || command.opcode() == READ || command.opcode() == COMPARE) && namespace.disk().faults() != null;
    }

    @Override
    public Disk disk() {
        return namespace.disk();
    }

    @Override
    public long late() {
        return moves() ? namespace.disk().faults().late(writes(), offset(), length()) : 0;
    }

    @Override
    public boolean begin() {
        failed = command.block();
        DiskFaults.Met met = moves() ? namespace.disk().faults().failing(writes(), offset(), length()) : null;
        if (met != null) {
            failed = met.offset() >> namespace.blockShift();
            status = switch (met.failure()) {
                case MEDIUM -> writes() ? WRITE_FAULT : UNRECOVERED_READ;
                case NO_SPACE -> CAPACITY_EXCEEDED;
                case ABORTED -> ABORT_REQUESTED;
                default -> INTERNAL_ERROR;
            };
            return false;
        }
        if (bytes == 0) {
            return true;
        }
        boolean toMemory = command.opcode() == READ;
        var parsed = DataPointer.parse(command, controller.memory(), controller.pageSize(), bytes, toMemory);
        status = parsed.status();
        if (status != OK) {
            return false;
        }
        pointer = parsed.pointer();
        buffer = new byte[bytes];
        if (!toMemory && !pointer.gather(buffer)) {
            status = DATA_TRANSFER_ERROR;
        }
        if (status == OK && command.opcode() == DATASET_MANAGEMENT) {
            status = checkRanges();
        }
        return status == OK;
    }

    private int checkRanges() {
        for (int at = 0; at < bytes; at += RANGE) {
            if (!namespace.holds(LittleEndian.u64(buffer, at + 8), LittleEndian.u32(buffer, at + 4) & 0xFFFF_FFFFL)) {
                return LBA_OUT_OF_RANGE;
            }
        }
        return OK;
    }

    @Override
    public void carryOut() {
        Disk disk = namespace.disk();
        result = switch (command.opcode()) {
            case READ -> disk.read(offset(), buffer, 0, bytes);
            case COMPARE -> {
                compared = new byte[bytes];
                yield disk.read(offset(), compared, 0, bytes);
            }
            case WRITE -> disk.write(offset(), buffer, 0, bytes);
            case WRITE_ZEROES -> zero(disk);
            case DATASET_MANAGEMENT -> deallocate(disk);
            default -> disk.flush();
        };
        boolean through = writes() && ((command.dword(12) & FORCE_UNIT_ACCESS) != 0 || !controller.features().writeCache());
        if (result == DiskStatus.OK && through) {
            result = disk.flush();
        }
    }

    private DiskStatus zero(Disk disk) {
        boolean free = (command.dword(12) & DEALLOCATE_ZEROED) != 0 && disk.discards();
        return free ? disk.discard(offset(), length()) : disk.zero(offset(), length());
    }

    private DiskStatus deallocate(Disk disk) {
        if ((command.dword(11) & DEALLOCATE) == 0) {
            return DiskStatus.OK;
        }
        DiskStatus worst = DiskStatus.OK;
        for (int at = 0; at < bytes && worst == DiskStatus.OK; at += RANGE) {
            long count = LittleEndian.u32(buffer, at + 4) & 0xFFFF_FFFFL;
            if (count > 0) {
                worst = disk.discard(LittleEndian.u64(buffer, at + 8) << namespace.blockShift(), count << namespace.blockShift());
            }
        }
        return worst;
    }

    @Override
    public void finish() {
        if (status == OK) {
            status = switch (result) {
                case OK -> delivered();
                case IO_ERROR -> command.opcode() == READ || command.opcode() == COMPARE ? UNRECOVERED_READ : WRITE_FAULT;
                case NO_SPACE -> CAPACITY_EXCEEDED;
                case READ_ONLY -> WRITE_PROTECTED;
            };
        }
        buffer = null;
        compared = null;
        pointer = null;
        controller.done(this, status);
    }

    private int delivered() {
        if (command.opcode() == READ) {
            return pointer.scatter(buffer) ? OK : DATA_TRANSFER_ERROR;
        }
        return compared == null || Arrays.equals(compared, buffer) ? OK : COMPARE_FAILED;
    }
}

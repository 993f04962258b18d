package dev.hv.devices.storage;

import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.DiskQueue;
import dev.hv.devices.disk.DiskQueues;
import dev.hv.devices.disk.DiskRequest;
import dev.hv.vmbus.channel.Channel;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** The units of a SCSI controller by their addresses, each with the requests to it that are under way. */
final class StorageUnits {

    /** Requests to a unit that are under way at most. */
    static final int MOST_UNDER_WAY = 64;
    private static final int NO_UNIT = 0x7F;

    /** A unit with the requests to it that are under way. */
    record Slot(LogicalUnit unit, DiskQueue queue) {

        /** Forgets the requests and closes the unit: at once, or when the host has ended the one that it is carrying out. */
        void close() {
            queue.close(unit::close);
        }

        /** Forgets the requests; the unit is as after power-on. */
        void powerOn() {
            queue.discard(r -> true);
            unit.powerOn();
        }
    }

    private final DiskQueues queues;
    private final SortedMap<ScsiAddress, Slot> slots = new TreeMap<>();
    private boolean hidden;

    StorageUnits(DiskQueues queues) {
        this.queues = queues;
    }

    /** Adds a unit at a free address. */
    void add(ScsiAddress address, LogicalUnit unit) {
        if (slots.containsKey(address)) {
            throw new IllegalArgumentException("there is a unit at " + address);
        }
        slots.put(address, new Slot(unit, queues.queue("scsi " + address)));
    }

    /** Takes out what is at an address, or null; requests stay with it. */
    Slot remove(ScsiAddress address) {
        return slots.remove(address);
    }

    /** Gives the unit at an address a queue of its own again: what the host is carrying out ends with the old one, and then {@code disk} closes what that was for. */
    void renew(ScsiAddress address, Runnable disk) {
        Slot old = slots.get(address);
        slots.put(address, new Slot(old.unit(), queues.queue("scsi " + address)));
        old.queue().close(disk);
    }

    /** What is at an address, null for nothing; the address may be null. */
    Slot get(ScsiAddress address) {
        return address == null ? null : slots.get(address);
    }

    /** What a guest finds at an address: as {@link #get}, and nothing while all are hidden. */
    Slot visible(ScsiAddress address) {
        return hidden ? null : get(address);
    }

    /** Hides all units from the guest, or shows them again. */
    void hide(boolean newHidden) {
        hidden = newHidden;
    }

    /** All of them, by their addresses. */
    List<Slot> all() {
        return List.copyOf(slots.values());
    }

    /** Whether one of them has as many requests as it may have. */
    boolean full() {
        for (Slot s : slots.values()) {
            if (s.queue().size() >= MOST_UNDER_WAY) {
                return true;
            }
        }
        return false;
    }

    /** The units of a target are others than before; all but the one that came hear of it. */
    void changed(int target, LogicalUnit came) {
        slots.forEach((a, s) -> {
            if (a.target() == target && s.unit() != came) {
                s.unit().attention(Sense.REPORTED_LUNS_HAVE_CHANGED);
            }
        });
    }

    /** A command to a unit that is not there (SPC-3 section 6.4.2). */
    static void absent(ScsiCommand command) {
        if (command.opcode() == ScsiOpcode.INQUIRY && command.complete() && !command.bit(1, 1)) {
            byte[] b = LogicalUnit.standardInquiry(NO_UNIT, false, "");
            command.reply(b, b.length, Wire.big16(command.cdb(), 3));
        } else {
            command.fail(SrbStatus.INVALID_LUN);
        }
    }

    /** REPORT LUNS (SPC-3 section 6.21), to whatever unit of the target. */
    void report(ScsiCommand command, int target) {
        long allocated = Wire.big32(command.cdb(), 6);
        int select = command.field(2);
        if (!command.complete()) {
            command.fail(SrbStatus.INVALID_REQUEST);
            return;
        }
        if (allocated < 16 || select > 2) {
            command.check(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        byte[] list = new byte[8 + 8 * ScsiAddress.LUNS];
        int at = 8;
        for (ScsiAddress a : slots.keySet()) {
            // there are no well-known units, which is what 1 asks for
            if (a.target() == target && select != 1 && !hidden) {
                list[at + 1] = (byte) a.lun();
                at += 8;
            }
        }
        Wire.putBig32(list, 0, at - 8);
        command.reply(list, at, (int) Math.min(allocated, list.length));
        slots.forEach((a, s) -> {
            if (a.target() == target) {
                s.unit().clearAttention(Sense.REPORTED_LUNS_HAVE_CHANGED);
            }
        });
    }

    void save(StateWriter out) {
        out.put("hidden", hidden);
        out.put("slots-count", slots.size());
        slots.forEach((address, s) -> {
            out.put("target", address.target());
            out.put("lun", address.lun());
            s.unit().save(out);
            s.queue().save(out);
            List<DiskRequest> all = s.queue().underWay();
            out.put("all-count", all.size());
            for (DiskRequest r : all) {
                out.put("due", s.queue().due(r));
                ((SrbRequest) r).save(out);
            }
        });
    }

    /** Restores units of the same kinds at the same addresses. */
    void restore(StateReader in, Channel primary, Consumer<SrbRequest> ended) {
        hidden = in.takeBoolean();
        for (long n = in.take(); n > 0; n--) {
            var address = new ScsiAddress((int) in.take(), (int) in.take());
            Slot slot = slots.get(address);
            if (slot == null) {
                throw new StateFormatException("there is no unit at " + address);
            }
            slot.unit().restore(in);
            slot.queue().restore(in);
            for (long m = in.take(); m > 0; m--) {
                long due = in.take();
                SrbRequest r = SrbRequest.restored(in, primary);
                r.goTo(slot.unit(), ended);
                slot.queue().resubmit(r, due);
            }
        }
    }
}

package dev.hv.devices.nvme;

import static dev.hv.devices.nvme.NvmeFormat.*;

import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.WordRegisters;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskQueues;
import dev.hv.devices.disk.DiskRequest;
import dev.hv.devices.pci.PciEndpoint;
import dev.hv.devices.pci.PciSite;
import dev.hv.devices.pci.PciSlot;
import java.nio.charset.StandardCharsets;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * An NVM Express controller: registers and doorbells (3.1), and the way of each command from its queue to a namespace's disk and back. Admin
 * commands are carried out when they are fetched. What a system does wrong ends in a status, in an event, or in the controller's failure (CSTS.CFS), which a
 * reset of it mends.
 */
public final class NvmeController implements WordRegisters, Saveable {

    /** Namespaces at most. */
    public static final int MOST_NAMESPACES = 16;

    private static final int STATE_VERSION = 1;
    private static final int CLASS = 0x010802;
    private static final int VECTOR_BAR = 4;
    /** Commands that are under way at most; the others wait in their queues. */
    private static final int MOST_UNDER_WAY = 256;
    /** Stands for the queue of flushes that the controller itself asks for. */
    private static final int OWN = -1;
    /** Ready comes at once; the specification's unit is 500 ms. */
    private static final long CAPABILITIES = MOST_ENTRIES - 1 | 1L << 16 | 20L << 24 | 1L << 37 | (long) MOST_PAGE_SHIFT << 52;

    private final PciEndpoint endpoint;
    private final NvmeQueues queues;
    private final AdminCommands admin;
    private final NvmeFeatures features = new NvmeFeatures();
    private final NvmeLogs logs = new NvmeLogs();
    private final DiskQueues diskQueues;
    private final String serial;
    private final SortedMap<Integer, NvmeNamespace> namespaces = new TreeMap<>();
    private final EventRequests events = new EventRequests(this, logs);
    private int configuration;
    private int status;
    private int adminSizes;
    private long adminSubmissions;
    private long adminCompletions;
    private int underWay;
    /** Submission queue whose turn is next. */
    private int turn;
    private int shutdownLeft;
    private boolean fetching;
    private boolean fetchAgain;

    /**
     * A controller without namespaces, plugged in.
     *
     * @param queues how its disks' requests are carried out
     * @param serial up to 20 characters
     */
    public NvmeController(PciSite site, PciSlot slot, DiskQueues queues, String serial) {
        diskQueues = queues;
        this.serial = serial;
        endpoint = new PciEndpoint(site, slot, 0, NvmeIdentity.VENDOR, NvmeIdentity.DEVICE, CLASS, 0);
        endpoint.memory(0, true, false, BAR_BYTES, this);
        endpoint.vectors(VECTOR_BAR, MOST_QUEUES + 1);
        endpoint.onReset(this::reset);
        endpoint.config().onBusMaster(this::goOn);
        this.queues = new NvmeQueues(endpoint);
        admin = new AdminCommands(this, this.queues);
        endpoint.plug();
    }

    /**
     * Plugs a disk in as the next namespace, before the guest starts; it then belongs to the controller.
     *
     * @param name unique in all machines that can meet
     * @throws IllegalArgumentException when it has sectors of other sizes than 512 or 4096 bytes
     */
    public void attach(Disk disk, String name) {
        if (disk.sectorSize() != 512 && disk.sectorSize() != PAGE) {
            throw new IllegalArgumentException("an NVMe namespace has sectors of 512 or 4096 bytes, this disk of " + disk.sectorSize());
        }
        int number = namespaces.size() + 1;
        UUID id = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
        byte[] identity = new byte[16];
        for (int i = 0; i < 8; i++) {
            identity[i] = (byte) (id.getMostSignificantBits() >>> 56 - 8 * i);
            identity[8 + i] = (byte) (id.getLeastSignificantBits() >>> 56 - 8 * i);
        }
        namespaces.put(number, new NvmeNamespace(number, disk, diskQueues.queue("nvme " + number), identity));
    }

    /** The function it is. */
    public PciEndpoint endpoint() {
        return endpoint;
    }

    SortedMap<Integer, NvmeNamespace> namespaces() {
        return namespaces;
    }

    String serial() {
        return serial;
    }

    NvmeFeatures features() {
        return features;
    }

    /** What the system wants to be told of. */
    EventRequests events() {
        return events;
    }

    NvmeLogs logs() {
        return logs;
    }

    DmaView memory() {
        return endpoint;
    }

    /** Bytes of a page as the system chose them. */
    int pageSize() {
        return PAGE << (configuration >> 7 & 0xF);
    }

    private boolean running() {
        return (status & (READY | FATAL)) == READY;
    }

    // ---- life ----------------------------------------------------------------------------------------------------------------

    /** Hardware reset: requests under way are forgotten. The configuration space is reset with the bus that it is on. */
    public void reset() {
        stop();
        configuration = 0;
        adminSizes = 0;
        adminSubmissions = 0;
        adminCompletions = 0;
    }

    /** Gives the disks back: at once, or when the host has ended what it is carrying out on one. */
    public void close() {
        namespaces.values().forEach(n -> n.queue().close(n.disk()::close));
    }

    private void stop() {
        namespaces.values().forEach(n -> n.queue().discard(r -> true));
        underWay = 0;
        events.clear();
        queues.clear();
        features.reset();
        logs.forgetEvents();
        status = 0;
        turn = 0;
        shutdownLeft = 0;
    }

    private void start() {
        int submissions = (adminSizes & 0xFFF) + 1;
        int completions = (adminSizes >>> 16 & 0xFFF) + 1;
        int pageShift = configuration >> 7 & 0xF;
        boolean sound = (configuration >> 4 & 7) == 0 && (configuration >> 11 & 7) == 0 && pageShift <= MOST_PAGE_SHIFT && submissions > 1 && completions > 1
                && submissions <= MOST_ENTRIES && completions <= MOST_ENTRIES && ((adminSubmissions | adminCompletions) & pageSize() - 1) == 0;
        if (!sound) {
            status |= FATAL;
            return;
        }
        queues.put(0, new CompletionQueue(adminCompletions, completions, true, 0));
        queues.put(0, new SubmissionQueue(adminSubmissions, submissions, 0));
        status |= READY;
    }

    private void configure(int value) {
        int old = configuration;
        configuration = value & WRITABLE_CC;
        boolean enabled = (configuration & ENABLE) != 0;
        if (enabled && (old & ENABLE) == 0) {
            start();
        } else if (!enabled && (old & ENABLE) != 0) {
            stop();
        }
        if ((old >> 14 & 3) == 0 && (configuration >> 14 & 3) != 0) {
            shutDown();
        }
    }

    /** The system is about to leave (7.6.2): everything is made durable. */
    private void shutDown() {
        status = status & ~SHUTDOWN_MASK | SHUTDOWN_UNDER_WAY;
        shutdownLeft = namespaces.size();
        for (NvmeNamespace n : namespaces.values()) {
            submit(new NvmeCommand(OWN, new byte[COMMAND]), n);
        }
        shutdownDone();
    }

    private void shutdownDone() {
        if (shutdownLeft == 0 && (status & SHUTDOWN_MASK) == SHUTDOWN_UNDER_WAY) {
            status = status & ~SHUTDOWN_MASK | SHUTDOWN_DONE;
        }
    }

    // ---- commands ------------------------------------------------------------------------------------------------------------

    /** The function may access memory again. */
    private void goOn() {
        queues.payAll();
        fetch();
    }

    /** Fetches commands, of each queue one at a time in turn, as long as there are any and not too many are under way. */
    private void fetch() {
        if (fetching) {
            fetchAgain = true;
            return;
        }
        fetching = true;
        do {
            fetchAgain = false;
            for (int idle = 0; idle <= MOST_QUEUES && mayFetch(); turn = (turn + 1) % (MOST_QUEUES + 1)) {
                NvmeCommand c = queues.fetch(turn);
                idle = c == null ? idle + 1 : 0;
                if (c != null && c.queue() == 0) {
                    admin.execute(c);
                } else if (c != null) {
                    execute(c);
                }
            }
        } while (fetchAgain);
        fetching = false;
        if (queues.broken()) {
            status |= FATAL;
        }
    }

    private boolean mayFetch() {
        return running() && !queues.broken() && endpoint.mastering() && underWay + queues.owed() < MOST_UNDER_WAY;
    }

    private void execute(NvmeCommand c) {
        NvmeNamespace n = namespaces.get(c.namespace());
        int refused = NvmeRequest.check(c, n);
        if (refused == OK) {
            submit(c, n);
        } else {
            complete(c, refused | DO_NOT_RETRY, 0);
        }
    }

    private void submit(NvmeCommand c, NvmeNamespace n) {
        underWay++;
        n.queue().submit(new NvmeRequest(this, c, n));
    }

    /** A request has come to its end. */
    void done(NvmeRequest r, int how) {
        underWay--;
        NvmeCommand c = r.command();
        if (c.queue() == OWN) {
            shutdownLeft--;
            shutdownDone();
            return;
        }
        if (how == OK && (c.opcode() == READ || c.opcode() == WRITE)) {
            logs.moved(c.opcode() == WRITE, r.bytes());
        }
        complete(c, how, 0, r.failed());
        fetch();
    }

    /** Completes a command; what went wrong is remembered. */
    void complete(NvmeCommand c, int how, int value) {
        complete(c, how, value, c.queue() != 0 ? c.block() : 0);
    }

    private void complete(NvmeCommand c, int how, int value, long block) {
        if (how != OK && c.opcode() != ASYNC_EVENT) {
            logs.failed(c, how, block);
        }
        queues.complete(c, how, value);
        if (queues.broken()) {
            status |= FATAL;
        }
    }

    /** Gives a command up that is under way; false when there is none. */
    boolean abort(int queue, int id) {
        return queue == 0 && events.abort(id) || give(ABORT_REQUESTED, queue, id);
    }

    /** Gives all commands of a queue up that are under way. */
    void abandon(int queue) {
        while (give(ABORTED_BY_DELETION, queue, -1)) {
            // one at a time
        }
    }

    private boolean give(int how, int queue, int id) {
        for (NvmeNamespace n : namespaces.values()) {
            for (DiskRequest each : n.queue().underWay()) {
                NvmeCommand c = ((NvmeRequest) each).command();
                if (c.queue() == queue && (id < 0 || c.id() == id)) {
                    n.queue().discard(r -> r == each);
                    underWay--;
                    complete(c, how, 0);
                    return true;
                }
            }
        }
        return false;
    }

    // ---- registers -----------------------------------------------------------------------------------------------------------

    @Override
    public int readWord(int register) {
        return switch (register) {
            case CAP -> (int) CAPABILITIES;
            case CAP + 4 -> (int) (CAPABILITIES >>> 32);
            case VS -> VERSION;
            case INTMS, INTMC -> queues.mask();
            case CC -> configuration;
            case CSTS -> status;
            case AQA -> adminSizes;
            case ASQ -> (int) adminSubmissions;
            case ASQ + 4 -> (int) (adminSubmissions >>> 32);
            case ACQ -> (int) adminCompletions;
            case ACQ + 4 -> (int) (adminCompletions >>> 32);
            default -> 0;
        };
    }

    @Override
    public void writeWord(int register, int value) {
        if (register >= DOORBELLS) {
            doorbell(register - DOORBELLS >> 2, value);
            return;
        }
        switch (register) {
            case INTMS -> queues.mask(queues.mask() | value);
            case INTMC -> queues.mask(queues.mask() & ~value);
            case CC -> configure(value);
            case AQA -> adminSizes = value & 0x0FFF_0FFF;
            case ASQ -> adminSubmissions = adminSubmissions & ~0xFFFF_FFFFL | value & 0xFFFF_F000L;
            case ASQ + 4 -> adminSubmissions = adminSubmissions & 0xFFFF_FFFFL | (long) value << 32;
            case ACQ -> adminCompletions = adminCompletions & ~0xFFFF_FFFFL | value & 0xFFFF_F000L;
            case ACQ + 4 -> adminCompletions = adminCompletions & 0xFFFF_FFFFL | (long) value << 32;
            default -> { }
        }
    }

    private void doorbell(int number, int value) {
        if (!running()) {
            return;
        }
        int index = value & 0xFFFF;
        if ((number & 1) == 0) {
            SubmissionQueue q = queues.submission(number >> 1);
            if (q == null || index >= q.size) {
                events.add(q == null ? EVENT_BAD_DOORBELL : EVENT_BAD_DOORBELL_VALUE);
                return;
            }
            q.tail = index;
        } else {
            CompletionQueue q = queues.completion(number >> 1);
            if (q == null || !q.holds(index)) {
                events.add(q == null ? EVENT_BAD_DOORBELL : EVENT_BAD_DOORBELL_VALUE);
                return;
            }
            queues.read(q, index);
        }
        fetch();
    }

    // ---- state ---------------------------------------------------------------------------------------------------------------

    @Override
    public void save(StateWriter out) {
        out.begin("nvme", STATE_VERSION);
        endpoint.save(out);
        out.put("configuration", configuration);
        out.put("status", status);
        out.put("admin-sizes", adminSizes);
        out.put("admin-submissions", adminSubmissions);
        out.put("admin-completions", adminCompletions);
        out.put("turn", turn);
        out.put("shutdown-left", shutdownLeft);
        queues.save(out);
        features.save(out);
        logs.save(out);
        events.save(out);
        for (NvmeNamespace n : namespaces.values()) {
            out.item("namespace", n.number());
            n.save(out);
        }
        out.endItems();
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("nvme", STATE_VERSION);
        endpoint.restore(in);
        configuration = (int) in.take();
        status = (int) in.take();
        adminSizes = (int) in.take();
        adminSubmissions = in.take();
        adminCompletions = in.take();
        turn = (int) in.take();
        shutdownLeft = (int) in.take();
        queues.restore(in);
        features.restore(in);
        logs.restore(in);
        events.restore(in);
        underWay = 0;
        for (NvmeNamespace n : namespaces.values()) {
            underWay += n.restore(in, c -> new NvmeRequest(this, c, n));
        }
        in.end();
    }
}

package dev.hv.core.hypervisor.partition;

import dev.hv.core.synic.OverlayPage;
import dev.hv.core.synic.ReferenceTime;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** What an enlightened partition has of the hypervisor's interface as a whole: identity, hypercall page, reference time, crash report. */
public final class GuestInterface implements Saveable {

    /** Crash parameter registers. */
    public static final int CRASH_PARAMETERS = 5;

    private static final int VERSION = 1;
    private static final long ENABLE = 1;
    private static final long LOCKED = 1 << 1;
    private static final long PAGE = ~0xFFFL;

    private final OverlayPage hypercallPage;
    private final OverlayPage tscPage;
    private final ReferenceTime time;
    private final byte[] hypercallCode;
    private long guestOsId;
    private long hypercall;
    private long referenceTsc;
    private final long[] crash = new long[CRASH_PARAMETERS];

    /**
     * The interface of a partition that has just been made.
     *
     * @param hypercallCode instructions that make a hypercall and return
     */
    public GuestInterface(OverlayPage hypercallPage, OverlayPage tscPage, ReferenceTime time, byte[] hypercallCode) {
        this.hypercallPage = hypercallPage;
        this.tscPage = tscPage;
        this.time = time;
        this.hypercallCode = hypercallCode;
    }

    /** Hypercall page and reference TSC page lie where the hypervisor has put them, once they are enabled. */
    void home(long hypercallGpn, long referenceTscGpn) {
        hypercall = hypercallGpn << 12;
        referenceTsc = referenceTscGpn << 12;
    }

    public ReferenceTime time() {
        return time;
    }

    public long guestOsId() {
        return guestOsId;
    }

    /** Writes GUEST_OS_ID; 0 takes the hypercall page away. */
    public boolean setGuestOsId(long value) {
        guestOsId = value;
        if (value == 0) {
            hypercallPage.remove();
            hypercall &= ~ENABLE;
        }
        return true;
    }

    /** Whether the guest may make hypercalls. */
    public boolean hypercallsEnabled() {
        return (hypercall & ENABLE) != 0;
    }

    public long hypercall() {
        return hypercall;
    }

    /** Writes HYPERCALL: no effect on a locked one; not enabled before the guest has named itself. */
    public boolean setHypercall(long value) {
        if ((hypercall & LOCKED) != 0) {
            return true;
        }
        long wanted = value & (PAGE | LOCKED | ENABLE);
        if (guestOsId == 0) {
            wanted &= ~ENABLE;
        }
        if ((wanted & ENABLE) == 0) {
            hypercallPage.remove();
        } else {
            for (int i = 0; i < hypercallCode.length; i++) {
                hypercallPage.write(i, 1, hypercallCode[i]);
            }
            if (!hypercallPage.place(wanted >>> 12)) {
                return false;
            }
        }
        hypercall = wanted;
        return true;
    }

    public long referenceTsc() {
        return referenceTsc;
    }

    /** Writes REFERENCE_TSC. */
    public boolean setReferenceTsc(long value) {
        if ((value & ENABLE) == 0) {
            tscPage.remove();
        } else {
            time.write(tscPage);
            if (!tscPage.place(value >>> 12)) {
                return false;
            }
        }
        referenceTsc = value & (PAGE | ENABLE);
        return true;
    }

    /** The partition's time-stamp counter is moved: reference time goes on, and the page with it. */
    void followTsc(Runnable move) {
        time.follow(move);
        refresh();
    }

    /** Reference time is another, and the page with it. */
    void setReferenceTime(long value) {
        time.set(value);
        refresh();
    }

    private void refresh() {
        if ((referenceTsc & ENABLE) != 0) {
            time.write(tscPage);
        }
    }

    public long crash(int parameter) {
        return crash[parameter];
    }

    public boolean setCrash(int parameter, long value) {
        crash[parameter] = value;
        return true;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("guest-interface", VERSION);
        out.put("guest-os-id", guestOsId);
        out.put("hypercall", hypercall);
        out.put("reference-tsc", referenceTsc);
        out.put("crash", crash);
        hypercallPage.save(out);
        tscPage.save(out);
        time.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("guest-interface", VERSION);
        guestOsId = in.take();
        hypercall = in.take();
        referenceTsc = in.take();
        in.take(crash);
        hypercallPage.restore(in);
        tscPage.restore(in);
        time.restore(in);
        in.end();
    }
}

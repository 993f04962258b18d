package dev.hv.devices.e1000e;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/** The statistics registers (datasheet, 10.2.7): cleared when they are read, and stuck at their largest value. Counters of octets have 64 bits in two registers, and are cleared with the upper one. */
final class Statistics implements Saveable {

    static final int FIRST = 0x04000;
    static final int END = 0x04140;

    static final int MISSED = 0x04010;
    static final int PRC64 = 0x0405C;
    static final int GPRC = 0x04074;
    static final int BPRC = 0x04078;
    static final int MPRC = 0x0407C;
    static final int GPTC = 0x04080;
    static final int GORC = 0x04088;
    static final int GOTC = 0x04090;
    static final int RNBC = 0x040A0;
    static final int ROC = 0x040AC;
    static final int TOR = 0x040C0;
    static final int TOT = 0x040C8;
    static final int TPR = 0x040D0;
    static final int TPT = 0x040D4;
    static final int PTC64 = 0x040D8;
    static final int MPTC = 0x040F0;
    static final int BPTC = 0x040F4;
    static final int TSCTC = 0x040F8;
    static final int TSCTFC = 0x040FC;
    static final int IAC = 0x04100;
    static final int ICRXDMTC = 0x04120;
    static final int ICRXOC = 0x04124;

    private static final long MOST = 0xFFFF_FFFFL;
    /** Bytes of a frame's check sequence, which counts. */
    private static final int CRC = 4;

    private final long[] counters = new long[(END - FIRST) / 4];

    void reset() {
        Arrays.fill(counters, 0);
    }

    void count(int register) {
        int i = (register - FIRST) / 4;
        counters[i] = Math.min(counters[i] + 1, MOST);
    }

    private void octets(int register, int length) {
        counters[(register - FIRST) / 4] += length + CRC;
    }

    /** A frame came along the cable, whoever it is for. */
    void came(int length) {
        count(TPR);
        octets(TOR, length);
    }

    /** A good frame was received. */
    void received(byte[] b, int offset, int length) {
        good(GPRC, GORC, PRC64, BPRC, MPRC, b, offset, length);
    }

    /** A good frame was sent. */
    void sent(byte[] b, int offset, int length) {
        count(TPT);
        octets(TOT, length);
        good(GPTC, GOTC, PTC64, BPTC, MPTC, b, offset, length);
    }

    private void good(int packets, int octets, int sizes, int broadcasts, int multicasts, byte[] b, int offset, int length) {
        count(packets);
        octets(octets, length);
        int size = length + CRC;
        count(sizes + 4 * (size <= 64 ? 0 : size < 128 ? 1 : size < 256 ? 2 : size < 512 ? 3 : size < 1024 ? 4 : 5));
        if ((b[offset] & 1) != 0) {
            boolean broadcast = true;
            for (int i = 0; i < 6; i++) {
                broadcast &= b[offset + i] == -1;
            }
            count(broadcast ? broadcasts : multicasts);
        }
    }

    int read(int register) {
        int i = (register - FIRST) / 4;
        return switch (register) {
            case GORC, GOTC, TOR, TOT -> (int) counters[i];
            case GORC + 4, GOTC + 4, TOR + 4, TOT + 4 -> {
                int high = (int) (counters[i - 1] >>> 32);
                counters[i - 1] = 0;
                yield high;
            }
            default -> {
                int value = (int) counters[i];
                counters[i] = 0;
                yield value;
            }
        };
    }

    @Override
    public void save(StateWriter out) {
        for (int i = 0; i < counters.length; i++) {
            out.item("statistics", "%04x".formatted(FIRST + 4 * i));
            out.put("value", counters[i]);
        }
        out.endItems();
    }

    @Override
    public void restore(StateReader in) {
        for (int i = 0; i < counters.length; i++) {
            counters[i] = in.take();
        }
    }
}

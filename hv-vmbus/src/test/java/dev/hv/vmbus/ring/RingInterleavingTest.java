package dev.hv.vmbus.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.memory.LittleEndian;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A ring between a host and a guest that go on at any time")
class RingInterleavingTest {

    private static final int RUNS = 3000;
    private static final int PACKETS = 40;
    private static final int LARGEST = 200;

    /** How a guest breaks the rules, to see that the model finds it. */
    private enum Fault {
        NONE,
        /** Decides about the signal by the read index as it was before it published. */
        OLD_INDEX,
        /** Says what it waits for and does not look again. */
        NO_SECOND_LOOK,
        /** Clears its interrupt mask and does not look again. */
        NO_LOOK_BEHIND_MASK,
        /** Frees room and does not look whether the host waits. */
        NO_PENDING_SIZE
    }

    @Test
    @DisplayName("loses no packet and no wake-up on the way to the host")
    void toHost() {
        assertThat(lostToHost(Fault.NONE, false)).isZero();
    }

    @Test
    @DisplayName("loses no packet and no wake-up on the way to the guest")
    void toGuest() {
        assertThat(lostToGuest(Fault.NONE, false)).isZero();
    }

    @Test
    @DisplayName("loses wake-ups when the writer decides by an old index, and the model finds it")
    void oldIndex() {
        assertThat(lostToHost(Fault.OLD_INDEX, false)).isPositive();
    }

    @Test
    @DisplayName("loses wake-ups when a full writer does not look again, and the model finds it")
    void noSecondLook() {
        assertThat(lostToHost(Fault.NO_SECOND_LOOK, false)).isPositive();
    }

    @Test
    @DisplayName("loses wake-ups when a reader does not look behind its mask, and the model finds it")
    void noLookBehindMask() {
        assertThat(lostToGuest(Fault.NO_LOOK_BEHIND_MASK, false)).isPositive();
    }

    @Test
    @DisplayName("loses wake-ups when a reader ignores what the writer waits for, and the model finds it")
    void noPendingSize() {
        assertThat(lostToGuest(Fault.NO_PENDING_SIZE, false)).isPositive();
    }

    @Test
    @DisplayName("loses wake-ups when the host's indices are seen late, as without barriers, and the model finds it")
    void noBarriers() {
        assertThat(lostToHost(Fault.NONE, true)).isPositive();
        assertThat(lostToGuest(Fault.NONE, true)).isPositive();
    }

    // ---- guest writes, host reads ------------------------------------------------------------------------------------------------

    /** Runs that ended with packets left. */
    private static int lostToHost(Fault fault, boolean late) {
        int lost = 0;
        for (int seed = 0; seed < RUNS; seed++) {
            var random = new Random(seed);
            var model = new RingModel(random, late);
            var writer = new Writer(model, fault);
            model.guest(writer);
            var reader = new RingReader(model, 0, RingModel.SIZE);
            int received = 0;
            while (!writer.idle() || writer.signals) {
                if (writer.signals && random.nextInt(8) == 0) {
                    writer.signals = false;
                    while (reader.take() == RingReader.Result.PACKET) {
                        assertThat(LittleEndian.u64(reader.bytes(), PacketFormat.TRANSACTION)).isEqualTo(received);
                        assertThat(reader.length()).isEqualTo(writer.sizes[received] - 8);
                        received++;
                        if (reader.signal()) {
                            writer.signalled();
                        }
                    }
                    model.settle();
                } else {
                    writer.step();
                }
            }
            lost += received < PACKETS ? 1 : 0;
        }
        return lost;
    }

    private static int[] sizes(Random random) {
        int[] sizes = new int[PACKETS];
        for (int i = 0; i < PACKETS; i++) {
            sizes[i] = 24 + 8 * random.nextInt(random.nextInt(4) == 0 ? RingModel.SIZE / 8 - 5 : LARGEST / 8);
        }
        return sizes;
    }

    /** A guest's writer: says what room it waits for, publishes, looks at the mask and at the read index. */
    private static final class Writer implements RingModel.Guest {
        private enum At { LOOK, PENDING, SECOND_LOOK, WAIT, CLEAR, DATA, PUBLISH, MASK, EMPTY, DONE }

        private final RingModel ring;
        private final Fault fault;
        private final int[] sizes;
        private boolean signals;
        private At at = At.LOOK;
        private int sent;
        private int in;
        private int old;
        private int seen;

        private Writer(RingModel ring, Fault fault) {
            this.ring = ring;
            this.fault = fault;
            sizes = sizes(ring.random());
        }

        @Override
        public boolean idle() {
            return at == At.WAIT || at == At.DONE;
        }

        @Override
        public void signalled() {
            if (at == At.WAIT) {
                at = At.LOOK;
            } else {
                awake = true;
            }
        }

        /** A signal that came before it began to wait. */
        private boolean awake;

        private boolean room() {
            seen = ring.get(RingFormat.OUT);
            return RingModel.SIZE - RingModel.distance(seen, in) > sizes[sent];
        }

        @Override
        public void step() {
            switch (at) {
                case LOOK -> {
                    awake = false;
                    at = room() ? At.CLEAR : At.PENDING;
                }
                case PENDING -> {
                    ring.put(RingFormat.PENDING_SEND_SIZE, sizes[sent]);
                    at = fault == Fault.NO_SECOND_LOOK ? waiting() : At.SECOND_LOOK;
                }
                case SECOND_LOOK -> at = room() ? At.CLEAR : waiting();
                case CLEAR -> {
                    ring.put(RingFormat.PENDING_SEND_SIZE, 0);
                    at = At.DATA;
                }
                case DATA -> {
                    ByteBuffer b = ByteBuffer.allocate(sizes[sent]).order(ByteOrder.LITTLE_ENDIAN);
                    b.putShort(PacketFormat.TYPE, (short) 6).putShort(PacketFormat.OFFSET, (short) 2);
                    b.putShort(PacketFormat.LENGTH, (short) (sizes[sent] / 8 - 1)).putLong(PacketFormat.TRANSACTION, sent);
                    ring.putData(in, b.array());
                    at = At.PUBLISH;
                }
                case PUBLISH -> {
                    old = in;
                    in = (in + sizes[sent]) % RingModel.SIZE;
                    ring.put(RingFormat.IN, in);
                    at = At.MASK;
                }
                case MASK -> at = ring.get(RingFormat.INTERRUPT_MASK) == 0 ? At.EMPTY : next();
                case EMPTY -> {
                    int out = fault == Fault.OLD_INDEX ? seen : ring.get(RingFormat.OUT);
                    signals |= out == old;
                    at = next();
                }
                case WAIT, DONE -> {}
            }
        }

        private At waiting() {
            return awake ? At.LOOK : At.WAIT;
        }

        private At next() {
            return ++sent == PACKETS ? At.DONE : At.LOOK;
        }
    }

    // ---- host writes, guest reads ------------------------------------------------------------------------------------------------

    /** Runs that ended with packets left. */
    private static int lostToGuest(Fault fault, boolean late) {
        int lost = 0;
        for (int seed = 0; seed < RUNS; seed++) {
            var random = new Random(seed);
            var model = new RingModel(random, late);
            var reader = new Reader(model, fault);
            model.guest(reader);
            var writer = new RingWriter(model, 0, RingModel.SIZE);
            model.settle();
            int[] sizes = sizes(random);
            int sent = 0;
            boolean full = false;
            while (true) {
                if (full && reader.signals) {
                    reader.signals = false;
                    full = !writer.ready();
                } else if (!full && sent < PACKETS && random.nextInt(8) == 0) {
                    byte[] packet = new byte[sizes[sent]];
                    LittleEndian.put16(packet, PacketFormat.LENGTH, sizes[sent] / 8 - 1);
                    LittleEndian.put64(packet, PacketFormat.TRANSACTION, sent);
                    RingWriter.Result result = writer.put(packet, sizes[sent] - 8);
                    full = result == RingWriter.Result.FULL;
                    sent += full ? 0 : 1;
                    if (result == RingWriter.Result.SIGNAL) {
                        reader.signalled();
                    }
                    model.settle();
                } else if (reader.idle() && (full || sent == PACKETS)) {
                    break;
                } else {
                    reader.step();
                }
            }
            lost += reader.received < PACKETS ? 1 : 0;
        }
        return lost;
    }

    /** A guest's reader: takes packets with its interrupts masked, publishes its index after some of them, and looks behind its mask. */
    private static final class Reader implements RingModel.Guest {
        private enum At { IDLE, MASK, LOOK, TAKE, PUBLISH, PENDING, FREE, UNMASK, BEHIND }

        private final RingModel ring;
        private final Fault fault;
        private boolean signals;
        private boolean awake;
        private At at = At.IDLE;
        private At then;
        private int received;
        private int out;
        private int publishedOut;
        private int bytes;
        private int wanted;

        private Reader(RingModel ring, Fault fault) {
            this.ring = ring;
            this.fault = fault;
        }

        @Override
        public boolean idle() {
            return at == At.IDLE;
        }

        @Override
        public void signalled() {
            if (at == At.IDLE) {
                at = At.MASK;
            } else {
                awake = true;
            }
        }

        @Override
        public void step() {
            switch (at) {
                case IDLE -> {}
                case MASK -> {
                    awake = false;
                    ring.put(RingFormat.INTERRUPT_MASK, 1);
                    at = At.LOOK;
                }
                case LOOK -> {
                    boolean empty = ring.get(RingFormat.IN) == out;
                    then = empty ? At.UNMASK : At.TAKE;
                    at = empty || ring.random().nextInt(4) == 0 ? At.PUBLISH : At.TAKE;
                }
                case TAKE -> {
                    byte[] descriptor = ring.data(out, 16);
                    assertThat(LittleEndian.u64(descriptor, PacketFormat.TRANSACTION)).isEqualTo(received);
                    int total = LittleEndian.u16(descriptor, PacketFormat.LENGTH) * 8 + 8;
                    assertThat(LittleEndian.u64(ring.data(out, total), total - 8)).isEqualTo((long) out << 32);
                    out = (out + total) % RingModel.SIZE;
                    received++;
                    at = At.LOOK;
                }
                case PUBLISH -> {
                    bytes = RingModel.distance(publishedOut, out);
                    publishedOut = out;
                    ring.put(RingFormat.OUT, out);
                    at = fault == Fault.NO_PENDING_SIZE ? then : At.PENDING;
                }
                case PENDING -> {
                    wanted = ring.get(RingFormat.PENDING_SEND_SIZE);
                    at = wanted == 0 ? then : At.FREE;
                }
                case FREE -> {
                    int free = RingModel.SIZE - RingModel.distance(out, ring.get(RingFormat.IN));
                    signals |= free - bytes <= wanted && free > wanted;
                    at = then;
                }
                case UNMASK -> {
                    ring.put(RingFormat.INTERRUPT_MASK, 0);
                    at = fault == Fault.NO_LOOK_BEHIND_MASK ? rest() : At.BEHIND;
                }
                case BEHIND -> at = ring.get(RingFormat.IN) == out ? rest() : At.MASK;
            }
        }

        private At rest() {
            return awake ? At.MASK : At.IDLE;
        }
    }
}

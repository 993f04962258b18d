package dev.hv.devices.network;

import static dev.hv.cpu.memory.LittleEndian.put32;
import static dev.hv.cpu.memory.LittleEndian.u32;
import static dev.hv.devices.network.RndisFormat.*;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The control side of an RNDIS device: answers requests, and knows what the guest has chosen. */
final class RndisControl implements Saveable {

    private static final int VERSION = 3;
    private static final int MOST_PACKETS = 8;
    private static final int MOST_TRANSFER = 0x4000;
    /** Packets within a message are aligned to 2^3 bytes. */
    private static final int ALIGNMENT = 3;
    private static final int CONNECTIONLESS = 1;
    /** 10 Gbit/s in units of 100 bit/s. */
    private static final int LINK_SPEED = 100_000_000;

    private final MacAddress address;
    private final int usualMtu;
    private final int queues;
    private final Offloads offloads = new Offloads();
    private final ReceiveScaling scaling = new ReceiveScaling();
    private int mtu;
    private boolean coalescing;
    private boolean scalable;
    private boolean initialized;
    private int filter;
    private boolean linkUp = true;
    /** The address that the guest has given itself; its own until it does. */
    private MacAddress current;
    private boolean addressFixed;

    /**
     * A device that nobody has initialized.
     *
     * @param usualMtu bytes of a frame behind its header when the guest does not say
     * @param queues channels that the guest may have
     */
    RndisControl(MacAddress address, int usualMtu, int queues) {
        this.address = address;
        current = address;
        this.usualMtu = usualMtu;
        this.queues = queues;
        mtu = usualMtu;
    }

    /** The guest's driver halts the device. */
    void reset() {
        initialized = false;
        filter = 0;
        offloads.reset();
        scaling.reset();
    }

    /** The guest's driver closes the channel. */
    void close() {
        reset();
        mtu = usualMtu;
        coalescing = false;
        scalable = false;
    }

    /** The machine is reset: the adapter has its own address again. */
    void powerOn() {
        close();
        current = address;
    }

    /** Takes what the transport has agreed on: MTU, whether coalesced segments and several channels are possible. */
    void configure(int newMtu, boolean canCoalesce, boolean canScale) {
        mtu = newMtu;
        coalescing = canCoalesce;
        scalable = canScale;
    }

    /** Bytes of a frame at most: with a header and a tag. */
    int longestFrame() {
        return mtu + FrameHeaders.ETHERNET + FrameHeaders.VLAN_TAG;
    }

    Offloads offloads() {
        return offloads;
    }

    ReceiveScaling scaling() {
        return scaling;
    }

    /** Whether the guest takes segments of an IP version in one. */
    boolean coalesces(int ipVersion) {
        return coalescing && offloads.coalesced(ipVersion);
    }

    /** From now on the guest may not give itself another address. */
    void fixAddress() {
        addressFixed = true;
    }

    boolean initialized() {
        return initialized;
    }

    boolean linkUp() {
        return linkUp;
    }

    void setLinkUp(boolean up) {
        linkUp = up;
    }

    /** Whether the guest wants a frame. */
    boolean wants(byte[] frame, int offset) {
        if (!initialized || filter == 0) {
            return false;
        }
        if ((filter & PROMISCUOUS) != 0) {
            return true;
        }
        long to = MacAddress.at(frame, offset);
        if (to == 0xFFFF_FFFF_FFFFL) {
            return (filter & BROADCAST) != 0;
        }
        if (MacAddress.group(to)) {
            // the list of wanted groups is never sent by this path: all of them, or none
            return (filter & (MULTICAST | ALL_MULTICAST)) != 0;
        }
        // a system that starts anew begins with its own address, whatever the one before had set
        return (filter & DIRECTED) != 0 && (to == current.value() || to == address.value());
    }

    /** Answers a control message; null when it has no answer. */
    byte[] answer(byte[] m, int length) {
        if (length < REQUEST_ID + 4) {
            return null;
        }
        return switch (u32(m, TYPE)) {
            case INITIALIZE -> initialize(m);
            case HALT -> {
                reset();
                yield null;
            }
            case QUERY -> query(m, length);
            case SET -> set(m, length);
            case KEEPALIVE -> completion(KEEPALIVE, m, SET_COMPLETE_SIZE, SUCCESS);
            case RESET -> {
                filter = 0;
                byte[] r = completion(RESET, m, SET_COMPLETE_SIZE, 0);
                // of a reset: status, and whether addressing was lost
                put32(r, REQUEST_ID, SUCCESS);
                yield r;
            }
            default -> null;
        };
    }

    /** A message that tells the guest whether the link is up. */
    byte[] indication() {
        byte[] m = new byte[INDICATE_SIZE];
        put32(m, TYPE, INDICATE_STATUS);
        put32(m, LENGTH, m.length);
        put32(m, BODY, linkUp ? MEDIA_CONNECT : MEDIA_DISCONNECT);
        return m;
    }

    private static byte[] completion(int type, byte[] request, int size, int status) {
        byte[] r = new byte[size];
        put32(r, TYPE, type | COMPLETION);
        put32(r, LENGTH, size);
        put32(r, REQUEST_ID, u32(request, REQUEST_ID));
        put32(r, STATUS, status);
        return r;
    }

    private byte[] initialize(byte[] m) {
        initialized = true;
        byte[] r = completion(INITIALIZE, m, INITIALIZE_COMPLETE_SIZE, SUCCESS);
        put32(r, 16, 1);
        put32(r, 24, CONNECTIONLESS);
        put32(r, 32, MOST_PACKETS);
        put32(r, 36, MOST_TRANSFER);
        put32(r, 40, ALIGNMENT);
        return r;
    }

    private byte[] query(byte[] m, int length) {
        byte[] data = length < REQUEST_HEADER ? null : switch (u32(m, OID)) {
            case OID_MAXIMUM_FRAME_SIZE -> number(mtu);
            case OID_LINK_SPEED -> number(LINK_SPEED);
            case OID_MEDIA_CONNECT_STATUS -> number(linkUp ? 0 : 1);
            case OID_PERMANENT_ADDRESS -> address.bytes();
            case OID_CURRENT_ADDRESS -> current.bytes();
            case OID_PACKET_FILTER -> number(filter);
            case OID_OFFLOAD_CAPABILITIES -> Offloads.capabilities(data(m, length), coalescing);
            case OID_SCALING_CAPABILITIES -> scalable ? ReceiveScaling.capabilities(data(m, length), queues) : null;
            default -> null;
        };
        if (data == null) {
            return completion(QUERY, m, ANSWER_HEADER, NOT_SUPPORTED);
        }
        byte[] r = completion(QUERY, m, ANSWER_HEADER + data.length, SUCCESS);
        put32(r, ANSWER_LENGTH, data.length);
        put32(r, ANSWER_OFFSET, ANSWER_HEADER - REQUEST_ID);
        System.arraycopy(data, 0, r, ANSWER_HEADER, data.length);
        return r;
    }

    private static byte[] number(int value) {
        byte[] b = new byte[4];
        put32(b, 0, value);
        return b;
    }

    /** The data of a query or set; null when it leaves the message. */
    private static byte[] data(byte[] m, int length) {
        long size = u32(m, INFO_LENGTH) & 0xFFFF_FFFFL;
        long at = (u32(m, INFO_OFFSET) & 0xFFFF_FFFFL) + REQUEST_ID;
        if (size == 0) {
            return new byte[0];
        }
        return at < REQUEST_HEADER || at + size > length ? null : Arrays.copyOfRange(m, (int) at, (int) (at + size));
    }

    private byte[] set(byte[] m, int length) {
        byte[] data = length < REQUEST_HEADER ? null : data(m, length);
        if (data == null) {
            return completion(SET, m, SET_COMPLETE_SIZE, INVALID_DATA);
        }
        int status = switch (u32(m, OID)) {
            case OID_PACKET_FILTER -> {
                if (data.length < 4) {
                    yield INVALID_DATA;
                }
                filter = u32(data, 0);
                yield SUCCESS;
            }
            case OID_CURRENT_ADDRESS -> data.length == MacAddress.SIZE ? setAddress(MacAddress.at(data, 0)) : INVALID_DATA;
            case OID_CONFIG_PARAMETER -> setParameter(data);
            case OID_OFFLOAD_PARAMETERS -> offloads.set(data) ? SUCCESS : INVALID_DATA;
            case OID_SCALING_PARAMETERS -> scaling.set(data) ? SUCCESS : INVALID_DATA;
            default -> NOT_SUPPORTED;
        };
        return completion(SET, m, SET_COMPLETE_SIZE, status);
    }

    /** Sets the station address; gives the status. */
    private int setAddress(long value) {
        if (value == 0 || MacAddress.group(value)) {
            return INVALID_DATA;
        }
        if (addressFixed && value != address.value()) {
            return NOT_ACCEPTED;
        }
        current = new MacAddress(value);
        return SUCCESS;
    }

    /** A parameter by its name, as drivers have them: the station address is the one that is known. */
    private int setParameter(byte[] data) {
        if (data.length < PARAMETER_HEADER || u32(data, PARAMETER_TYPE) != PARAMETER_STRING) {
            return INVALID_DATA;
        }
        String name = text(data, PARAMETER_NAME_OFFSET, PARAMETER_NAME_LENGTH);
        String value = text(data, PARAMETER_VALUE_OFFSET, PARAMETER_VALUE_LENGTH);
        if (name == null || value == null) {
            return INVALID_DATA;
        }
        if (!name.equalsIgnoreCase(NETWORK_ADDRESS)) {
            return NOT_SUPPORTED;
        }
        return value.matches("[0-9A-Fa-f]{12}") ? setAddress(Long.parseLong(value, 16)) : INVALID_DATA;
    }

    /** UTF-16 text that an offset and a length name; null when it leaves the data. */
    private static String text(byte[] data, int offsetAt, int lengthAt) {
        long at = u32(data, offsetAt) & 0xFFFF_FFFFL;
        long length = u32(data, lengthAt) & 0xFFFF_FFFFL;
        return at + length > data.length || length % 2 != 0 ? null : new String(data, (int) at, (int) length, StandardCharsets.UTF_16LE);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("rndis", VERSION);
        out.put("initialized", initialized);
        out.put("filter", filter);
        out.put("link-up", linkUp);
        out.put("current", current.value());
        out.put("mtu", mtu);
        out.put("coalescing", coalescing);
        out.put("scalable", scalable);
        offloads.save(out);
        scaling.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("rndis", VERSION);
        initialized = in.takeBoolean();
        filter = (int) in.take();
        linkUp = in.takeBoolean();
        current = new MacAddress(in.take());
        mtu = (int) in.take();
        coalescing = in.takeBoolean();
        scalable = in.takeBoolean();
        offloads.restore(in);
        scaling.restore(in);
        in.end();
    }
}

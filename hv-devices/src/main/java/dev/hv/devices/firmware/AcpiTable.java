package dev.hv.devices.firmware;

/** The header and the checksum that ACPI tables share (ACPI specification, 5.2.6). */
final class AcpiTable {

    static final String OEM_ID = "HV    ";
    private static final String OEM_TABLE_ID = "HVTABLE ";
    private static final String CREATOR = "HV  ";
    private static final int HEADER = 36;
    private static final int LENGTH = 4;
    private static final int CHECKSUM = 9;

    private AcpiTable() {}

    static byte[] of(String signature, int revision, byte[] body) {
        return of(signature, revision, OEM_ID, OEM_TABLE_ID, CREATOR, body);
    }

    /** A table in somebody else's name, for which operating systems look at the OEM's. */
    static byte[] of(String signature, int revision, String oem, String oemTable, String creator, byte[] body) {
        var out = new Bytes().ascii(signature).u32(HEADER + body.length).u8(revision).u8(0).ascii(oem).ascii(oemTable).u32(1)
                .ascii(creator).u32(1).bytes(body);
        out.set32(LENGTH, out.size());
        return out.set8(CHECKSUM, out.checksum(0, out.size())).toArray();
    }
}

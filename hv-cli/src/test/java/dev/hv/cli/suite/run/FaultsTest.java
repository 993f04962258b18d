package dev.hv.cli.suite.run;

import static dev.hv.cli.suite.run.SmallCases.TIMEOUTS;
import static dev.hv.cli.suite.run.SmallCases.console;
import static dev.hv.cli.suite.run.SmallCases.head;
import static dev.hv.cli.suite.run.SmallCases.planned;
import static dev.hv.cli.suite.run.SmallCases.testbed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.config.DiskConfig;
import dev.hv.cli.run.TinyGuest;
import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.Fault;
import dev.hv.cli.suite.Step;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guests see exactly the faults that are injected. */
class FaultsTest {

    @TempDir
    private Path temp;

    /** Reads blocks 0 to 7 over and over, with READ SECTORS of the ATA task file at 1F0h; prints the ERR bit of each, and a point behind each round. */
    private Path reader() throws Exception {
        return TinyGuest.write(temp.resolve("reader.elf"),
                0xBB, 0, 0, 0, 0,                               // again: mov ebx, 0
                0x66, 0xBA, 0xF2, 0x01, 0xB0, 1, 0xEE,          // next: 1F2h: one sector
                0x42, 0x88, 0xD8, 0xEE, 0x42, 0xB0, 0, 0xEE, 0x42, 0xEE, 0x42, 0xB0, 0xE0, 0xEE, // LBA
                0x42, 0xB0, 0x20, 0xEE,                         // 1F7h: READ SECTORS
                0xEC, 0xA8, 0x80, 0x75, 0xFB,                   // until BSY is clear
                0x88, 0xC7, 0xA8, 1, 0x75, 0x11,                // mov bh, al; jump when ERR
                0x66, 0xBA, 0xF0, 0x01, 0xB9, 0, 1, 0, 0, 0xBF, 0, 0, 0x20, 0, 0xF3, 0x66, 0x6D, // rep insw
                0x88, 0xF8, 0x24, 1, 0x04, '0', 0x66, 0xBA, 0xF8, 0x03, 0xEE, // print
                0x43, 0x80, 0xFB, 8, 0x75, 0xBA,                // until 8
                0xB0, '.', 0xEE, 0xEB, 0xB0);
    }

    @Test
    void aDiskErrorIsMetByTheRequestsItSaysAndByNoOthers() throws Exception {
        Path image = Files.write(temp.resolve("disk.img"), new byte[1 << 16]);
        var bed = testbed(reader(), 1, new DiskConfig(image, true, DiskConfig.Bus.IDE, false, false));
        Step three = new Fault.DiskError(head("disk-error"), new Fault.Blocks(0, Fault.Access.READ, 3, 2, 3), Fault.DiskFailure.MEDIUM);
        Step always = new Fault.DiskError(head("disk-error"), new Fault.Blocks(0, Fault.Access.ANY, 6, 1, Fault.ALWAYS), Fault.DiskFailure.MEDIUM);
        Step writes = new Fault.DiskError(head("disk-error"), new Fault.Blocks(0, Fault.Access.WRITE, 0, 8, Fault.ALWAYS), Fault.DiskFailure.MEDIUM);
        try (var runner = new CaseRunner(temp.resolve("setups"), temp.resolve("failed"), (lab, machine) -> null, null)) {
            CaseResult r = runner.run(planned("errors", bed, null, TIMEOUTS, writes, three, console("00011000.00010000.00000000."), always, console(".00000010.00000010."),
                    new Fault.Heal(head("heal")), console(".00000000.00000000.")), 0, 0, step -> { });
            assertThat(r.reason()).as(r.console()).isEmpty();
        }
    }
}

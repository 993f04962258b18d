package dev.hv.cli.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.run.HvProcess;
import dev.hv.cli.run.TinyGuest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Traces say what a small guest does, in order, and the run is the same as without. */
class TraceTest {

    @TempDir
    private Path temp;

    private HvProcess run(String... more) throws Exception {
        return HvProcess.run(arguments(more));
    }

    private String[] arguments(String... more) throws Exception {
        Path image = TinyGuest.write(temp.resolve("guest.elf"),
                0xB8, 1, 0, 0, 0x40,            // 0x100010: mov eax,0x40000001
                0x0F, 0xA2,                     // 0x100015: cpuid
                0xB9, 0, 0, 0, 0x40,            // 0x100017: mov ecx,HV_X64_MSR_GUEST_OS_ID
                0xB8, 0x34, 0x12, 0, 0,         // 0x10001C: mov eax,0x1234
                0x31, 0xD2,                     // 0x100021: xor edx,edx
                0x0F, 0x30,                     // 0x100023: wrmsr
                0x0F, 0x32,                     // 0x100025: rdmsr
                0x41,                           // 0x100027: inc ecx: HV_X64_MSR_HYPERCALL
                0xB8, 1, 0, 0x30, 0,            // 0x100028: mov eax,0x300001
                0x0F, 0x30,                     // 0x10002D: wrmsr
                0xBC, 0, 0, 0x20, 0,            // 0x10002F: mov esp,0x200000
                0x31, 0xDB, 0x31, 0xF6, 0x31, 0xFF, 0x31, 0xC9, // 0x100034: xor ebx,ebx; xor esi,esi; xor edi,edi; xor ecx,ecx
                0xB8, 0xFF, 0x01, 0, 0,         // 0x10003C: mov eax,0x1FF: no such call
                0xBD, 0, 0, 0x30, 0,            // 0x100041: mov ebp,0x300000
                0xFF, 0xD5,                     // 0x100046: call ebp
                0x66, 0xBA, 0xF4, 0, 0xB0, 0x11, 0xEE, 0xEB, 0xFE); // 0x100048: mov dx,0xF4; mov al,0x11; out dx,al
        var all = new ArrayList<>(List.of("run", "--multiboot", image.toString(), "--memory", "16M", "--test-devices", "--digest", "--timeout", "100s"));
        all.addAll(Arrays.asList(more));
        return all.toArray(String[]::new);
    }

    private String option(String kind, String name, String more) {
        return kind + "=" + temp.resolve(name) + more;
    }

    private List<String> lines(String name) throws Exception {
        // without the instant
        return Files.readAllLines(temp.resolve(name)).stream().map(l -> l.replaceFirst("^ *\\d+\\.\\d{9} ", "")).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"intel", "amd"})
    void everyKindIsDecodedAndTheRunIsTheSame(String cpu) throws Exception {
        HvProcess plain = run("--cpu", cpu);
        HvProcess hv = run("--cpu", cpu, "--trace", option("exits", "e", ""), "--trace", option("hypercalls", "h", ""), "--trace", option("msrs", "m", ""), "--trace", option("interrupts", "i", ""),
                "--trace", option("instructions", "c", ""));
        assertThat(hv.err()).isEqualTo(plain.err()).contains("digest ");
        assertThat(hv.status()).isEqualTo(plain.status()).isEqualTo(0x23);
        assertThat(lines("e")).anyMatch(l -> l.matches("guest vp0 cpuid \\(\\d+\\) at 0x100015 leaf 0x40000001 subleaf 0x\\w+"))
                .anyMatch(l -> l.matches("guest vp0 msr-write \\(\\d+\\) at 0x100023 HV_X64_MSR_GUEST_OS_ID = 0x1234"))
                .anyMatch(l -> l.matches("guest vp0 io \\(\\d+\\) at 0x10004e out 0xf4 size 1 value 0x11"));
        assertThat(lines("m")).containsExactly("guest vp0 write HV_X64_MSR_GUEST_OS_ID = 0x1234 at 0x100023", "guest vp0 read HV_X64_MSR_GUEST_OS_ID = 0x1234 at 0x100025",
                "guest vp0 write HV_X64_MSR_HYPERCALL = 0x300001 at 0x10002d");
        assertThat(lines("h")).hasSize(1).allMatch(l -> l.matches("guest vp0 unknown call 0x1ff input 0x0 output 0x0: INVALID_HYPERCALL_CODE at 0x3000..?"));
        assertThat(lines("i")).isEmpty();
        assertThat(lines("c")).contains("guest vp0 0000000000100010 b8 01 00 00 40  MOV", "guest vp0 0000000000100015 0f a2  CPUID", "guest vp0 0000000000100023 0f 30  WRMSR",
                "guest vp0 0000000000100046 ff d5  CALL", "guest vp0 000000000010004e ee  OUT").startsWith("guest vp0 0000000000100010 b8 01 00 00 40  MOV");
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compiled", "auto"})
    void instructionsAreTheSameOnEveryEngine(String engine) throws Exception {
        HvProcess hv = run("--engine", engine, "--bare", "--trace", option("instructions", "c", ",address=0x100021-0x100023"));
        assertThat(lines("c")).as(hv.err()).containsExactly("guest vp0 0000000000100021 31 d2  XOR", "guest vp0 0000000000100023 0f 30  WRMSR");
    }

    @Test
    void filtersAndBoundsHold() throws Exception {
        run("--trace", option("exits", "e", ",vp=1-3"), "--trace", option("exits", "f", ",from=1h"), "--trace", option("exits", "g", ",address=0x100015,vm=guest,until=1h"));
        assertThat(lines("e")).isEmpty();
        assertThat(lines("f")).isEmpty();
        assertThat(lines("g")).hasSize(1).allMatch(l -> l.contains("cpuid"));
        String[] flood = {"run", "--multiboot", TinyGuest.write(temp.resolve("flood.elf"), TinyGuest.flood()).toString(), "--memory", "16M", "--serial", "none", "--max-instructions", "20000"};
        HvProcess.run(join(flood, "--trace", option("exits", "stop", ",size=8K"), "--trace", option("exits", "ring", ",size=8K,full=ring"), "--trace", option("exits", "all", "")));
        List<String> all = lines("all");
        assertThat(Files.size(temp.resolve("stop"))).isBetween(7000L, 8192L);
        List<String> stop = lines("stop");
        assertThat(stop.getLast()).isEqualTo("-- the trace is full: size=8192");
        assertThat(stop.subList(0, stop.size() - 1)).isEqualTo(all.subList(0, stop.size() - 1));
        List<String> ring = new ArrayList<>(lines("ring.1"));
        ring.addAll(lines("ring"));
        assertThat(Files.size(temp.resolve("ring")) + Files.size(temp.resolve("ring.1"))).isBetween(4000L, 8192L);
        assertThat(ring).isEqualTo(all.subList(all.size() - ring.size(), all.size()));
    }

    /** A guest that is a driver of the unit: by registers, then by its queue. */
    @ParameterizedTest
    @CsvSource({"intel, 0xFED9002C=0xA0000000 0xFED900FC=0x90000000 0x200000=0x25 0x200004=0x77 0x200008=0x201000 0xFED90090=0x200000 0xFED90018=0x04000000 0xFED90088=0x10",
        "amd, 0x200000=0x201001 0x200004=0x10000000 0x200008=0x77 0xFED80008=0x200000 0xFED8000C=0x08000000 0xFED80018=0x1001 0xFED82008=0x10"})
    void commandsToTheIommuAreDecoded(String cpu, String writes) throws Exception {
        var code = new ByteArrayOutputStream();
        for (String write : writes.split(" ")) {
            // mov dword [address],value
            ByteBuffer mov = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).put((byte) 0xC7).put((byte) 5);
            for (String number : write.split("=")) {
                mov.putInt((int) (long) Long.decode(number));
            }
            code.writeBytes(mov.array());
        }
        code.writeBytes(new byte[] {0x66, (byte) 0xBA, (byte) 0xF4, 0, (byte) 0xB0, 0x11, (byte) 0xEE, (byte) 0xEB, (byte) 0xFE});
        byte[] bytes = code.toByteArray();
        Path image = TinyGuest.write(temp.resolve("driver.elf"), IntStream.range(0, bytes.length).map(i -> bytes[i] & 0xFF).toArray());
        String[] options = {"run", "--bare", "--iommu", "--cpu", cpu, "--multiboot", image.toString(), "--memory", "16M", "--test-devices", "--digest", "--timeout", "100s"};
        HvProcess plain = HvProcess.run(options);
        HvProcess hv = HvProcess.run(join(options, "--trace", option("iommu", "t", "")));
        assertThat(hv.status()).as(hv.err()).isEqualTo(0x23);
        assertThat(hv.err()).isEqualTo(plain.err()).contains("digest ");
        if (cpu.equals("intel")) {
            assertThat(lines("t")).containsExactly("iommu context-cache invalidate, global", "iommu IOTLB invalidate, global",
                    "iommu translation off, queued invalidation on, interrupt remapping off", "iommu invalidation wait, writes 0x77 to 0x201000");
        } else {
            assertThat(lines("t")).containsExactly("iommu IOMMU on, commands on, event log off", "iommu COMPLETION_WAIT, writes 0x77 to 0x201000");
        }
    }

    private static String[] join(String[] first, String... more) {
        var all = new ArrayList<>(Arrays.asList(first));
        all.addAll(Arrays.asList(more));
        return all.toArray(String[]::new);
    }

    @Test
    void badInputIsOneLineAndAFullDiskCostsTheTraceAlone() throws Exception {
        refused("vmbus, instructions, exits, hypercalls, msrs, interrupts, iommu can be traced", "nonsense=f");
        refused("a file is needed", "exits");
        refused("unknown setting 'cpu'", option("exits", "x", ",cpu=1"));
        refused("the last is before the first", option("exits", "x", ",address=0x2-0x1"));
        refused("an address in hexadecimal", option("exits", "x", ",address=12"));
        refused("nothing would be traced", option("exits", "x", ",from=2s,until=1s"));
        refused("at least 4K", option("exits", "x", ",size=1"));
        refused("stop keeps what came first", option("exits", "x", ",full=up"));
        refused("there is no machine other", option("exits", "x", ",vm=other"));
        refused("is no folder", option("exits", "x/y", ""));
        refused("vp: the IOMMU is the machine's", option("iommu", "x", ",vp=0"));
        HvProcess none = HvProcess.here(arguments("--bare", "--trace", option("iommu", "x", "")));
        assertThat(none.err()).contains("--trace iommu: the bare machine has no IOMMU; --iommu gives it one").hasLineCount(1);
        assertThat(none.status()).isEqualTo(2);
        HvProcess full = run("--trace", "exits=/dev/full");
        assertThat(full.err()).contains("--trace exits=/dev/full: could not be written to its end");
        assertThat(full.status()).isEqualTo(6);
    }

    private void refused(String why, String trace) throws Exception {
        HvProcess hv = HvProcess.here(arguments("--trace", trace));
        assertThat(hv.err()).contains(why).hasLineCount(1);
        assertThat(hv.status()).isEqualTo(2);
    }
}

package dev.hv.cli.suite.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hv.cli.config.Fault;
import dev.hv.cli.config.IntegrationAction;
import dev.hv.cli.suite.CaseSpec;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Plan;
import dev.hv.cli.suite.Step;
import dev.hv.cli.suite.Suite;
import dev.hv.cli.suite.Suites;
import dev.hv.cli.suite.Testbed;
import dev.hv.cli.yaml.Problem;
import dev.hv.cpu.execute.EngineKind;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.integration.KeyValuePairs;
import dev.hv.devices.network.PortFaults;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class SuiteFileTest {

    private static final String MACHINE = "machine: {kernel: k, initrd: i, disks: ['root.img,snapshot'], nets: ['switch:lab'], cpus: 2}\n";

    @TempDir
    private Path temp;
    private Suites suites;

    @BeforeEach
    void files() throws IOException {
        suites = new Suites(temp);
    }

    private List<Problem> problems(String text) {
        return catchThrowableOfType(SuiteException.class, () -> suites.read(text)).problems();
    }

    private Step step(String yaml) {
        return suites.read(MACHINE + "cases: [{name: c, steps: [" + yaml + "]}]\n").cases().getFirst().steps().getFirst();
    }

    @Test
    void aSuiteHasMachinesSetupsAndCasesWithWhatTheyDoNotSayFromTheDefaults() {
        Suite s = suites.read("""
                suite: net
                machines:
                  - {name: server, kernel: k, initrd: i, memory: 64M, nets: ['switch:lab']}
                  - {name: client, kernel: k, agent: serial, nets: ['switch:lab']}
                platform: {cpu: amd, processors: 2, engine: interpreter}
                defaults: &d {timeout: 5s, host-timeout: 10s, setup: up, tags: [net]}
                setups:
                  up: {timeout: 1m, steps: [{run: ip link, machine: server}]}
                cases:
                  - name: ping   # a comment
                    tags: [fast]
                    steps:
                      - {run: [ping, -c1, server], machine: client, status: [0, 1], output: {matches: 'ttl=\\d+', number: 'time=(\\S+) ms', max: 5.5}, timeout: 2s}
                  - {name: other, setup: none, timeout: 1s, skip: not yet, steps: [{wait: 1ms}]}
                """);
        assertThat(s.name()).isEqualTo("net");
        Testbed bed = s.testbeds().getFirst();
        assertThat(bed.machines()).extracting(m -> m.name() + " " + m.agent()).containsExactly("server AUTO", "client SERIAL");
        assertThat(bed.machines().getFirst().vm().serial()).isEqualTo("none");
        assertThat(bed.platform().cpu()).isEqualTo("amd");
        assertThat(bed.platform().engine()).isEqualTo(EngineKind.INTERPRETER);
        assertThat(bed.platform().realTime()).isFalse();
        CaseSpec ping = s.cases().getFirst();
        assertThat(ping.tags()).isEqualTo(Set.of("net", "fast"));
        assertThat(ping.timeouts().guest()).isEqualTo(5_000_000_000L);
        assertThat(ping.setup()).isSameAs(s.setups().getFirst());
        Step.Run run = (Step.Run) ping.steps().getFirst();
        assertThat(run.command().argv()).containsExactly("ping", "-c1", "server");
        assertThat(run.command().timeout()).isEqualTo(2_000_000_000L);
        assertThat(run.statuses()).containsExactlyInAnyOrder(0, 1);
        assertThat(run.output().problem("ttl=64 time=5.4 ms")).isNull();
        assertThat(run.output().problem("ttl=64 time=5.6 ms")).contains("5.6", "at most 5.5");
        assertThat(run.head().place().line()).isEqualTo(13);
        CaseSpec other = s.cases().get(1);
        assertThat(other.setup()).isNull();
        assertThat(other.skip()).isEqualTo("not yet");
        assertThat(other.timeouts().host()).isEqualTo(10_000_000_000L);
    }

    private Fault fault(String text) {
        return ((Step.Inject) step(text)).fault();
    }

    @Test
    void everyKindOfStepBecomesWhatItSays() {
        assertThat(((Step.Send) step("{press: [ctrl-c, enter, up]}")).text()).isEqualTo("\u0003\r\033[A");
        assertThat(((Step.Put) step("{write: /a, content: x, mode: '0755'}")).mode()).isEqualTo(0755);
        assertThat(((Step.Put) step("{put: k, to: /a}")).file()).isEqualTo(temp.resolve("k"));
        assertThat(((Step.Get) step("{get: /var/log/x.log}")).name()).isEqualTo("x.log");
        assertThat(((Step.Copy) step("{copy: k, to: /a, overwrite: true, refused: full}"))).satisfies(c -> {
            assertThat(c.what()).isEqualTo(new IntegrationAction.Copy(temp.resolve("k"), "/a", true, false));
            assertThat(c.status()).as("ERROR_DISK_FULL").isEqualTo(0x8007_0070);
        });
        assertThat(((Step.Kvp) step("{kvp: HostName, value: hv, pool: host}")).pool()).isEqualTo(KeyValuePairs.Pool.HOST);
        assertThat(step("{do: sysrq=c}").head().text()).isEqualTo("do sysrq=c");
        assertThat(((Step.End) step("{ends: exit, status: 3}")).kind()).isEqualTo(Step.EndKind.EXIT);
        Fault.DiskError error = (Fault.DiskError) fault("{disk-error: 0, blocks: 100-107, access: read, failure: busy, times: 2}");
        assertThat(error.blocks()).isEqualTo(new Fault.Blocks(0, Fault.Access.READ, 100, 8, 2));
        assertThat(error.failure()).isEqualTo(DiskFaults.Failure.BUSY);
        assertThat(((Fault.DiskDelay) fault("{disk-delay: 0, delay: 50ms}")).blocks().times()).isEqualTo(Fault.ALWAYS);
        assertThat(fault("{network: 0, loss: 0.25, delay: 5ms, jitter: 1ms, direction: to-guest}"))
                .isEqualTo(new Fault.Network(0, new PortFaults.Rule(PortFaults.Direction.TO_GUEST, 0.25, 0, 0, 0, 5_000_000, 1_000_000, Fault.ALWAYS)));
        assertThat(step("{network: 0, loss: 0.25, delay: 5ms}").head().text()).isEqualTo("network 0, loss 0.25, delay 5ms");
        assertThat(((Fault.Interrupt) fault("{lose-interrupt: sint 2, processor: 1, times: 1}")).number()).isEqualTo(2);
        assertThat(((Fault.Interrupt) fault("{delay-interrupt: vector 48, delay: 1ms}")).delay()).isEqualTo(1_000_000);
        assertThat(((Fault.ClockJump) fault("{clock-jump: -5s}")).nanos()).isEqualTo(-5_000_000_000L);
        assertThat(((Fault.MemoryPressure) fault("{memory-pressure: 64M}")).bytes()).isEqualTo(64 << 20);
        assertThat(step("{kill-worker: }")).isInstanceOf(Step.KillWorker.class);
        assertThat(fault("{heal: true}")).isInstanceOf(Fault.Heal.class);
        assertThat(((Fault.Rescind) fault("{rescind: net}")).device()).isEqualTo("net");
        assertThat(fault("{offer: net, number: 1}")).isEqualTo(new Fault.Offer("net", 1));
        assertThat(((Fault.Stall) fault("{stall: 1, for: 1s}")).processor()).isEqualTo(1);
        assertThat(((Step.Counter) step("{counter: vmbus.packets, min: 1, change: true}")).bounds().allow(0)).isFalse();
    }

    @Test
    void aMatrixIsAllCombinationsLessWhatIsExcludedAndWithWhatIsIncluded() {
        Suite s = suites.read("""
                machine: {initrd: i}
                matrix:
                  kernel: [{name: old, kernel: k}, {name: new, kernel: k2, append: quiet}]
                  cpu: [intel, amd]
                  cpus: [1, 4]
                  exclude: [{kernel: old, cpu: amd}, {kernel: new, cpus: 4}]
                  include: [{kernel: new, cpu: x86-64-v2, cpus: 4}]
                cases: [{name: c, steps: [{run: 'true'}]}]
                """);
        assertThat(Plan.of(List.of(s))).extracting(PlannedCase::id).containsExactly("s/c[kernel=old,cpu=intel,cpus=1]", "s/c[kernel=old,cpu=intel,cpus=4]", "s/c[kernel=new,cpu=intel,cpus=1]",
                "s/c[kernel=new,cpu=amd,cpus=1]", "s/c[kernel=new,cpu=x86-64-v2,cpus=4]");
        Testbed last = s.testbeds().getLast();
        assertThat(last.platform().cpu()).isEqualTo("x86-64-v2");
        assertThat(last.machines().getFirst().vm().cpus()).isEqualTo(4);
        assertThat(last.machines().getFirst().vm().boot().toString()).contains("k2", "quiet");
        assertThat(s.matrix().cells().getFirst()).isEqualTo(Map.of("kernel", "old", "cpu", "intel", "cpus", "1"));
    }

    @Test
    void everythingThatIsWrongIsToldAtOnceWithItsPlaceAndWhatWouldBeRight() {
        List<Problem> all = problems("""
                machine:
                  kernel: nowhere
                  memroy: 64M
                  cpus: 65
                cases:
                  - name: a
                    steps:
                      - rum: ls
                      - run: ls
                        output: {matches: '(['}
                      - {run: ls, console: login}
                  - name: a
                    setup: booted
                    timeout: soon
                    steps: [{restore: x}]
                """);
        assertThat(all).extracting(p -> p.place().line() + ":" + p.place().column()).containsExactly("2:11", "3:11", "4:9", "8:9", "10:27", "11:9", "12:11", "13:12", "14:14", "15:13");
        String text = String.join("\n", all.stream().map(Problem::toString).toList());
        assertThat(text).contains("no such file", "did you mean 'memory'", "from 1 to 64", "did you mean 'run'", "not a regular expression", "run and console", "the case in line 6", "there is no booted",
                "such as 120s", "save: x");
        assertThat(all).allMatch(p -> !p.message().contains("\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {disk-error: 1}                       | no disk 1
            {network: 1, loss: 1}                 | no adapter 1
            {stall: 2, for: 1s}                   | no processor 2
            {network: 0}                          | says nothing
            {network: 0, loss: 1.5}               | from 0.0 to 1.0
            {lose-interrupt: sint 16}             | from 0 to 15
            {disk-error: 0, blocks: 9-1}          | before the first
            {run: ls, machine: other}             | no machine other
            {run: ls, status: 256}                | from 0 to 255
            {run: ''}                             | a line for the shell
            {run: ls, output: {}}                 | checks nothing
            {run: ls, output: {min: 3, max: 1}}   | min is above max
            {console: {lacks: x}}                 | refuse
            {console: ''}                         | a text to wait for
            {file: a}                             | an absolute path
            {file: /a, exists: false, content: x} | not to be there
            {put: nowhere, to: /a}                | no such file
            {copy: nowhere, to: /a}               | no such file
            {copy: k, to: a}                      | an absolute path
            {copy: k, to: /a/}                    | names a file
            {copy: k, to: /a, refused: sadly}     | exists, full, failed
            {kvp: k}                              | either value
            {kvp: k, value: v, pool: swimming}    | external, guest
            {do: 'integration=vss'}               | integration=NAME,on
            {counter: c}                          | min or max
            {do: jump}                            | the action is one of
            {do: 'add-disk=root.img'}             | cannot write the same file
            {do: checkpoint=x}                    | save: NAME
            {ends: power-off, status: 3}          | status goes with exit
            {rescind: toaster}                    | one of scsi
            {wait: 1s, timeout: 0s}               | more than nothing
            {press: [ctrl-1]}                     | ctrl-a
            just text                             | a step
            """)
    void aWrongStepIsRefused(String yaml, String why) {
        assertThat(problems(MACHINE + "cases: [{name: c, steps: [" + yaml + "]}]\n")).singleElement().satisfies(p -> assertThat(p.message()).contains(why));
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", textBlock = """
            machine: {kernel: k, disks: [root.img]}                             => cannot write the same file
            machine: {kernel: k, serial: stdio}                                 => unknown key 'serial'
            machine: {memory: 64M}                                              => nothing to boot
            machine: {multiboot: k}                                             => no agent
            machine: {kernel: k}|machines: [{kernel: k}]                        => 2 of them
            suite: x                                                            => a suite has a machine
            machines: [{name: a, kernel: k}, {name: a, kernel: k}]              => two machines
            machine: {kernel: k}|matrix: {kernel: [{name: a, kernel: k}]}       => changes nothing
            machine: {kernel: k}|matrix: {cpu: [z80]}                           => z80
            machine: {kernel: k}|matrix: {}                                     => needs an axis
            machine: {kernel: k}|matrix: {cpu: [amd], exclude: [{cpu: amd}]}    => nothing is left
            machine: {kernel: k}|matrix: {cpu: [amd], exclude: [{cpu: amt}]}    => did you mean 'amd'
            machine: {kernel: k}|matrix: {cpu: [amd]}|platform: {cpu: amd}      => both say cpu
            machine: {kernel: k}|platform: {time: virtual, parallel: true}      => virtual time
            machine: {kernel: k}|platform: {cpu: 'intel,-vmx'}          => hardware virtualisation
            checkpoint: nowhere                                                 => checkpoint
            """)
    void aWrongSuiteIsRefused(String given, String why) {
        String yaml = given.replaceAll("\\s*\\|\\s*", "\n");
        assertThat(problems(yaml + "\ncases: [{name: c, steps: [{run: ls}]}]\n")).anySatisfy(p -> assertThat(p.message()).contains(why));
    }

    @Test
    void whatUnfoldsWithoutEndIsRefusedBeforeItDoes() {
        String axis = "[" + String.join(", ", java.util.stream.IntStream.rangeClosed(1, 60).mapToObj(Integer::toString).toList()) + "]";
        assertThat(problems("machine: {kernel: k}\nmatrix: {cpus: " + axis + ", processors: " + axis + "}\ncases: [{name: c, steps: [{run: ls}]}]\n"))
                .singleElement().satisfies(p -> assertThat(p.message()).contains("3600 combinations", "60 cpus × 60 processors", "at most 1000"));
        var laughs = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 9; i++) {
            laughs.append("a%d: &a%d [%s]\n".formatted(i, i, String.join(", ", java.util.Collections.nCopies(10, "*a" + (i - 1)))));
        }
        assertThat(problems(laughs.toString())).singleElement().satisfies(p -> assertThat(p.message()).contains("aliases"));
        assertThat(problems("cases: &a [*a]\n")).singleElement().satisfies(p -> assertThat(p.message()).contains("contains itself"));
        assertThat(problems("[".repeat(100_000))).singleElement().satisfies(p -> assertThat(p.message()).contains("nested more than"));
    }

    @Test
    void severalSuitesTellAllThatIsWrongInThemAndMayNotShareAName() {
        Path a = suites.file("a.yaml", "suite: x\n" + Suites.SMALL);
        Path b = suites.file("b.yaml", "suite: x\n" + Suites.SMALL);
        Path c = suites.file("c.yaml", "cases: 3\n");
        SuiteException e = catchThrowableOfType(SuiteException.class, () -> SuiteFile.read(List.of(a, b, c, temp.resolve("none.yaml"))));
        assertThat(e.problems()).extracting(p -> p.place().file().getFileName().toString()).containsExactly("b.yaml", "c.yaml", "c.yaml", "none.yaml");
        assertThat(e.problems().getFirst().message()).contains("has the name of that in", "a.yaml");
        assertThat(e.problems().getLast().message()).isEqualTo("no such file");
    }

    @Test
    void anchorsAndMergesSaveRepetition() {
        Suite s = suites.read("machine: &m {kernel: k}\ncases:\n  - &c {name: c, timeout: 1s, steps: &s [{run: ls}]}\n  - {<<: *c, name: d}\n  - {name: e, steps: *s}\n");
        assertThat(s.cases()).extracting(CaseSpec::name).containsExactly("c", "d", "e");
        assertThat(s.cases().get(1).timeouts().guest()).isEqualTo(1_000_000_000L);
    }

    @Test
    void anExpressionThatCouldGoOnForeverIsGivenUp() {
        Step.Run run = (Step.Run) step("{run: x, output: {matches: '^(?:(a+)\\1?)+c$'}}");
        assertThat(run.output().problem("a".repeat(60) + "b")).contains("takes too long");
    }
}

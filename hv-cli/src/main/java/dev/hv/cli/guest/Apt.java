package dev.hv.cli.guest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Debian's archive through the host's apt, with private configuration and state: no root rights, nothing of the system is
 * changed, and any suite can be asked for, with its updates. The sites are those the host's own sources name.
 */
final class Apt {

    private static final Logger LOG = LoggerFactory.getLogger(Apt.class);
    private static final Path KEYRING = Path.of("/usr/share/keyrings/debian-archive-keyring.gpg");
    /** Mirrors have the security updates beside the archive, under its name with this behind. */
    private static final String SECURITY = "-security";
    /** The suite that updates flow into by themselves: it has no suites of updates beside it. */
    private static final String UNSTABLE = "sid";

    private final Path folder;
    private final Path config;
    private final Path sources;

    /**
     * Prepares a private apt.
     *
     * @param folder for its state; made by the caller, who removes it
     * @param release suite, such as bookworm
     * @param arch Debian architecture
     */
    Apt(Path folder, String release, String arch) throws IOException, GuestException {
        this.folder = folder;
        List<String> sites = run(folder, "apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages");
        for (String d : List.of("lists/partial", "cache/archives/partial", "debs")) {
            Files.createDirectories(folder.resolve(d));
        }
        sources = folder.resolve("sources.list");
        Files.writeString(sources, sources(sites, release, "arch=" + arch + (Files.exists(KEYRING) ? " signed-by=" + KEYRING : "")));
        Path status = folder.resolve("status");
        Files.writeString(status, "");
        config = folder.resolve("apt.conf");
        Files.writeString(config, """
                Dir::Etc::sourcelist "%s";
                Dir::Etc::sourceparts "-";
                Dir::State "%s";
                Dir::State::lists "%s";
                Dir::State::status "%s";
                Dir::Cache "%s";
                APT::Architecture "%s";
                APT::Architectures { "%s"; };
                APT::Sandbox::User "root";
                Acquire::Languages "none";
                Acquire::Retries "3";
                """.formatted(sources, folder, folder.resolve("lists"), status, folder.resolve("cache"), arch, arch));
    }

    /**
     * The lines of a sources.list for a suite with its updates: those of security, which come between point releases, and the others.
     *
     * @param sites what the host's own sources name, any of them
     * @param options of each line, in apt's form
     */
    static String sources(List<String> sites, String release, String options) throws GuestException {
        String main = first(sites, "debian");
        if (main == null) {
            throw new GuestException("apt's sources name no Debian archive; add one to the host's sources.list");
        }
        String deb = "deb [" + options + "] ";
        if (release.equals(UNSTABLE)) {
            return deb + main + " " + release + " main\n";
        }
        String security = first(sites, "debian" + SECURITY);
        return deb + main + " " + release + " main\n"
                + deb + main + " " + release + "-updates main\n"
                + deb + (security == null ? main.replaceAll("/$", "") + SECURITY : security) + " " + release + "-security main\n";
    }

    private static String first(List<String> sites, String archive) {
        return sites.stream().map(String::strip).filter(s -> s.matches(".*/" + archive + "/?")).findFirst().orElse(null);
    }

    /**
     * Fetches the package lists. A mirror's updates that cannot be read, as while it is being brought up to date, are done without; the log
     * says so.
     */
    void update() throws IOException, GuestException {
        try {
            apt("apt-get", "update", "-q");
        } catch (GuestException e) {
            List<String> lines = Files.readAllLines(sources);
            if (lines.size() == 1) {
                throw e;
            }
            LOG.warn("the release's updates cannot be read, the guest gets its packages without them: {}", e.getMessage());
            Files.writeString(sources, lines.getFirst() + "\n");
            apt("apt-get", "update", "-q");
        }
    }

    /** A package and those it depends on (directly or not) whose names match {@code follow}. */
    Set<String> closure(String name, String follow) throws IOException, GuestException {
        Set<String> all = new LinkedHashSet<>();
        List<String> unvisited = new ArrayList<>(List.of(name));
        while (!unvisited.isEmpty()) {
            String next = unvisited.removeLast();
            if (!all.add(next)) {
                continue;
            }
            for (String line : apt("apt-cache", "depends", "--no-recommends", "--no-suggests", next)) {
                String s = line.strip();
                if (s.startsWith("Depends: ") && s.substring(9).matches(follow)) {
                    unvisited.add(s.substring(9));
                }
            }
        }
        return all;
    }

    /** Packages and all that they depend on, directly or not, as apt would install them on a system that has nothing. */
    Set<String> withDependencies(List<String> names) throws IOException, GuestException {
        List<String> command = new ArrayList<>(List.of("apt-get", "-c", config.toString(), "-q", "-y", "--no-install-recommends", "--print-uris", "install"));
        command.addAll(names);
        Set<String> all = new LinkedHashSet<>();
        for (String line : run(folder, command.toArray(String[]::new))) {
            // 'where it is' its file, as NAME_VERSION_ARCHITECTURE.deb, its size and its hash
            String[] words = line.split(" ");
            if (line.startsWith("'") && words.length > 1 && words[1].endsWith(".deb")) {
                all.add(words[1].substring(0, words[1].indexOf('_')));
            }
        }
        return all;
    }

    /** What the archive's lists say of a package's newest version under a key, such as {@code SHA256}. */
    String field(String name, String key) throws IOException, GuestException {
        return apt("apt-cache", "show", "--no-all-versions", name).stream().filter(l -> l.startsWith(key + ": ")).map(l -> l.substring(key.length() + 2)).findFirst()
                .orElseThrow(() -> new GuestException("the archive's lists have no " + key + " of " + name));
    }

    /** Downloads packages; returns the files of all that were downloaded so far. */
    List<Path> download(Set<String> packages) throws IOException, GuestException {
        List<String> command = new ArrayList<>(List.of("apt-get", "-c", config.toString(), "download", "-q"));
        command.addAll(packages);
        run(folder.resolve("debs"), command.toArray(String[]::new));
        try (var files = Files.list(folder.resolve("debs"))) {
            return files.filter(f -> f.toString().endsWith(".deb")).sorted().toList();
        }
    }

    private List<String> apt(String program, String... arguments) throws IOException, GuestException {
        List<String> command = new ArrayList<>(List.of(program, "-c", config.toString()));
        command.addAll(List.of(arguments));
        return run(folder, command.toArray(String[]::new));
    }

    private static List<String> run(Path in, String... command) throws IOException, GuestException {
        Process p;
        try {
            p = new ProcessBuilder(command).directory(in.toFile()).redirectErrorStream(true).redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .start();
        } catch (IOException e) {
            throw new GuestException(command[0] + " cannot be started: a Debian or Ubuntu host is needed to fetch guests");
        }
        List<String> lines;
        try (var reader = p.inputReader(StandardCharsets.UTF_8)) {
            lines = reader.lines().toList();
        }
        int status;
        try {
            status = p.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            p.destroy();
            throw new GuestException(command[0] + " was interrupted");
        }
        if (status != 0) {
            String why = lines.stream().filter(l -> l.startsWith("E:")).findFirst().orElse(lines.isEmpty() ? "no output" : lines.getLast());
            throw new GuestException(command[0] + " failed: " + why);
        }
        return lines;
    }
}

package dev.hv.cli.commands;

import java.util.Map;
import java.util.function.Supplier;

/** A command that has others below it. They are made by {@link CommandTree} and not by their annotations, which would make all of them at each start. */
interface CommandGroup {

    /** What makes each, by its name, in the order that help has them in. */
    Map<String, Supplier<Object>> commands();
}

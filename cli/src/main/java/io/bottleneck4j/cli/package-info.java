/** The command line: one class a command, which parses, calls and prints. No numerics. */
@NullMarked
package io.bottleneck4j.cli;

import org.jspecify.annotations.NullMarked;

/** What people and programs read: notes, progress, tables, failures and exit codes. */
@NullMarked
package io.bottleneck4j.cli.terminal;

import org.jspecify.annotations.NullMarked;

/** What commands have in common on the command line: which model, which plan, which prompt. */
@NullMarked
package io.bottleneck4j.cli.options;

import org.jspecify.annotations.NullMarked;

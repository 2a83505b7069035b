@NullMarked
package io.bottleneck4j.cli.batch;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.bottleneck4j.server;

import org.jspecify.annotations.NullMarked;

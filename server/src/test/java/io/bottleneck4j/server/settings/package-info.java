@NullMarked
package io.bottleneck4j.server.settings;

import org.jspecify.annotations.NullMarked;

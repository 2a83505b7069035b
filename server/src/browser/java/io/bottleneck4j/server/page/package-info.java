@NullMarked
package io.bottleneck4j.server.page;

import org.jspecify.annotations.NullMarked;

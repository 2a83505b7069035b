@NullMarked
package io.bottleneck4j.server.client;

import org.jspecify.annotations.NullMarked;

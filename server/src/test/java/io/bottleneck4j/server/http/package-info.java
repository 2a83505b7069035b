@NullMarked
package io.bottleneck4j.server.http;

import org.jspecify.annotations.NullMarked;

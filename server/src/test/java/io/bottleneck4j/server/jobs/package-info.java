@NullMarked
package io.bottleneck4j.server.jobs;

import org.jspecify.annotations.NullMarked;

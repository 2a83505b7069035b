@NullMarked
package io.bottleneck4j.torch.io;

import org.jspecify.annotations.NullMarked;

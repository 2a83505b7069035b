/** Beans for Spring Boot, from properties. */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package io.bottleneck4j.springai.autoconfigure;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;

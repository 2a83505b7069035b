/** What frameworks on top of LangChain4j may put in place of the builder. */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package io.bottleneck4j.langchain4j.spi;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;

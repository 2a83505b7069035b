/** LangChain4j's ImageModel, run in this process. */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package io.bottleneck4j.langchain4j;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;

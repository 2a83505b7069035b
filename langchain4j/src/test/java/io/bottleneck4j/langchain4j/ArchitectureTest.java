package io.bottleneck4j.langchain4j;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.net.URI;

@AnalyzeClasses(packages = "io.bottleneck4j.langchain4j", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule adapter_knowsThePipelineAndLangChain4jAlone = classes()
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                    "java..",
                    "io.bottleneck4j.langchain4j..",
                    "io.bottleneck4j.pipeline..",
                    "dev.langchain4j.data..",
                    "dev.langchain4j.model..",
                    "dev.langchain4j.spi..",
                    "org.jspecify..",
                    "org.apiguardian.."));

    @ArchTest
    static final ArchRule adapter_reachesNoNetwork = noClasses()
            .should()
            .dependOnClassesThat(resideInAnyPackage("java.net..", "javax.net..").and(not(belongToAnyOf(URI.class))));

    @ArchTest
    static final ArchRule adapter_printsNothing = noClasses().should(ACCESS_STANDARD_STREAMS);
}

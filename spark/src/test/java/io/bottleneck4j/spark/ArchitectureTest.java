package io.bottleneck4j.spark;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.apiguardian.api.API;

@AnalyzeClasses(packages = "io.bottleneck4j.spark", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule spark_knowsBatchThePipelineAndSpark = classes()
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                    "java..",
                    "scala..",
                    "io.bottleneck4j.spark..",
                    "io.bottleneck4j.batch..",
                    "io.bottleneck4j.pipeline..",
                    "io.bottleneck4j.models.folder..",
                    "io.bottleneck4j.models.media..",
                    "io.bottleneck4j.torch..",
                    "io.bottleneck4j.bundle..",
                    "io.bottleneck4j.emojiflux..",
                    "org.apache.spark..",
                    "org.apache.hadoop.fs..", // as Spark has it
                    "org.apache.hadoop.conf..",
                    "org.slf4j..",
                    "picocli..",
                    "org.jspecify..",
                    "org.apiguardian.."));

    @ArchTest
    static final ArchRule onlyWhatIsMarkedForUsers_isPublic =
            classes().that().arePublic().and().areTopLevelClasses().should().beAnnotatedWith(API.class);

    @ArchTest
    static final ArchRule onlyTheJob_parsesACommandLine = noClasses()
            .that()
            .doNotHaveSimpleName("BatchJob")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("picocli..");

    @ArchTest
    static final ArchRule spark_printsNothing = noClasses().should(ACCESS_STANDARD_STREAMS);
}

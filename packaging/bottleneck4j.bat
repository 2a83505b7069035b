@echo off
rem Runs bottleneck4j on Windows, from a release's folder; needs Java 17 or newer, by JAVA_HOME or on the PATH.
setlocal
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"
"%JAVA%" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xms32m -Djava.awt.headless=true --enable-native-access=ALL-UNNAMED ^
  %JAVA_OPTS% %BOTTLENECK4J_OPTS% -cp "%~dp0..\lib\*" io.bottleneck4j.cli.Main %*
exit /b %ERRORLEVEL%

@echo off
rem Installs what is missing, then starts the page; run.bat --help tells the rest, run.bat test runs every test.
setlocal
call "%~dp0install\python.bat" || exit /b 1
%FOUND_PYTHON% -S "%~dp0install\__main__.py" run %*

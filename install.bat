@echo off
rem Installs or repairs everything without starting it. --repair checks every file, --test adds what the tests need.
setlocal
call "%~dp0install\python.bat" || exit /b 1
%FOUND_PYTHON% -S "%~dp0install\__main__.py" install %*

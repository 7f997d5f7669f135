@echo off
rem Called by install.bat and run.bat. Leaves in FOUND_PYTHON the command of a Python 3.11-3.13 that really runs.
rem 3.11 is tried first because it is the tested one, 3.13 last because pyebur128 must be compiled for it.
call :try "%~dp0..\.venv\Scripts\python.exe" && exit /b 0
call :try py -3.11 && exit /b 0
call :try py -3.12 && exit /b 0
call :try py -3.13 && exit /b 0
call :try python && exit /b 0
call :try python3 && exit /b 0
if defined CONDA_PREFIX call :try "%CONDA_PREFIX%\python.exe" && exit /b 0
echo No 64-bit Python 3.11, 3.12 or 3.13 was found: install one from python.org or with Conda and run this again. 1>&2
exit /b 1

rem pyenv for Windows has a batch file for a shim: without `call` it would not come back.
:try
call %* -S "%~dp0probe.py" >nul 2>nul || exit /b 1
set FOUND_PYTHON=%*
exit /b 0

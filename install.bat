@echo off
rem Installs or repairs everything without starting it. --repair checks every file, --cluster adds what
rem several computers or an object store (S3) need, --server brings a server of a cluster and no models,
rem --test what the tests need.
setlocal
call "%~dp0install\python.bat" || exit /b 1
%FOUND_PYTHON% -S "%~dp0install\__main__.py" install %*

# The targets of the Makefile for Windows: ./run.ps1 demo | test | unit | lint | bench | build | clean
# The local runtime's ClickHouse engine has no Windows build: use WSL 2, or the docker runtime.
param([Parameter(Position = 0)][string]$Target = 'help')
$ErrorActionPreference = 'Stop'

function Invoke-Step([string]$Command, [string[]]$Arguments) {
  & $Command @Arguments
  if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}
function Install-Packages {
  $stamp = 'node_modules/.package-lock.json'
  if (-not (Test-Path $stamp) -or (Get-Item $stamp).LastWriteTime -lt (Get-Item 'package-lock.json').LastWriteTime) {
    Invoke-Step npm @('install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error')
    (Get-Item $stamp).LastWriteTime = Get-Date
  }
}
function Build-Project { Install-Packages; Invoke-Step npm @('run', '--silent', 'build') }

switch ($Target) {
  'setup' { Install-Packages }
  'build' { Build-Project }
  'demo'  { Build-Project; Invoke-Step node @('bin/run.js', 'demo') }
  'test'  { Build-Project; Invoke-Step npx @('vitest', 'run') }
  'unit'  { Install-Packages; Invoke-Step npx @('vitest', 'run', '--project', 'unit') }
  'lint'  { Install-Packages; Invoke-Step npm @('run', '--silent', 'typecheck'); Invoke-Step npm @('run', '--silent', 'lint') }
  'bench' { Build-Project; Invoke-Step node @('bench/run.mjs') }
  'clean' { Remove-Item -Recurse -Force -ErrorAction SilentlyContinue dist, oclif.manifest.json, node_modules }
  default { Write-Output 'Targets: demo, test, unit, lint, bench, build, setup, clean' }
}

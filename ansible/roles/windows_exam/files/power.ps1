# A power plan of our own, copied from the active one: nothing sleeps. The school's plan stays as it is.
[CmdletBinding(SupportsShouldProcess)]
param([string] $Plan)

$ErrorActionPreference = 'Stop'
$Ansible.Changed = (powercfg /getactivescheme) -notmatch $Plan
if (-not $Ansible.Changed -or $Ansible.CheckMode) { return }
if ((powercfg /list) -match $Plan) { powercfg /delete $Plan }
powercfg /duplicatescheme SCHEME_CURRENT $Plan | Out-Null
powercfg /setactive $Plan
foreach ($what in 'standby', 'hibernate', 'monitor', 'disk') {
    powercfg /change "$what-timeout-ac" 0
    powercfg /change "$what-timeout-dc" 0
}

# Gives the planned card the planned address. The change runs as a task of the system, because it ends this connection.
[CmdletBinding(SupportsShouldProcess)]
param([string] $Mac, [string] $Address, [int] $Prefix, [string] $Server)

$ErrorActionPreference = 'Stop'
$card = Get-NetAdapter -Physical | Where-Object { $_.MacAddress -eq $Mac.ToUpper().Replace(':', '-') }
$now = @(Get-NetIPAddress -InterfaceIndex $card.ifIndex -AddressFamily IPv4 -ErrorAction SilentlyContinue)
$side = Get-NetIPInterface -InterfaceIndex $card.ifIndex -AddressFamily IPv4
$right = $now.Count -eq 1 -and $now[0].IPAddress -eq $Address -and $now[0].PrefixLength -eq $Prefix -and "$($side.Dhcp)" -eq 'Disabled'
$Ansible.Changed = -not $right
if ($right -or $Ansible.CheckMode) { return }
$change = @"
Set-NetIPInterface -InterfaceIndex $($card.ifIndex) -AddressFamily IPv4 -Dhcp Disabled
Remove-NetIPAddress -InterfaceIndex $($card.ifIndex) -AddressFamily IPv4 -Confirm:`$false
Remove-NetRoute -InterfaceIndex $($card.ifIndex) -DestinationPrefix 0.0.0.0/0 -Confirm:`$false -ErrorAction SilentlyContinue
New-NetIPAddress -InterfaceIndex $($card.ifIndex) -IPAddress $Address -PrefixLength $Prefix
Set-DnsClientServerAddress -InterfaceIndex $($card.ifIndex) -ServerAddresses $Server
"@
$coded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($change))
$action = New-ScheduledTaskAction -Execute powershell.exe -Argument "-NoProfile -EncodedCommand $coded"
Register-ScheduledTask -TaskName 'Guyub address' -Action $action -User SYSTEM -RunLevel Highest -Force | Out-Null
Start-ScheduledTask -TaskName 'Guyub address'

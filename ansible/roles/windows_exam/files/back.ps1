# Gives the PC back as the record says; without a record nothing was changed, and nothing is.
[CmdletBinding(SupportsShouldProcess)]
param([string] $Folder, [string] $Plan)

$ErrorActionPreference = 'Stop'
$path = Join-Path $Folder 'before.json'
$Ansible.Changed = Test-Path -LiteralPath $path
if (-not $Ansible.Changed -or $Ansible.CheckMode) { return }
$record = Get-Content -LiteralPath $path -Raw | ConvertFrom-Json
foreach ($task in 'Guyub exam', 'Guyub address') {
    Unregister-ScheduledTask -TaskName $task -Confirm:$false -ErrorAction SilentlyContinue
}
$values = @($record.registry.PSObject.Properties | ForEach-Object { $_.Value })
foreach ($value in $values) {
    if ($value.there) {
        $data = if ($value.type -eq 'Binary') { [byte[]] $value.data } else { $value.data }
        New-ItemProperty -LiteralPath $value.path -Name $value.name -PropertyType $value.type -Value $data -Force | Out-Null
    } else {
        Remove-ItemProperty -LiteralPath $value.path -Name $value.name -ErrorAction SilentlyContinue
    }
}
foreach ($key in $values | Where-Object { -not $_.key } | ForEach-Object { $_.path } | Sort-Object -Unique -Property Length -Descending) {
    $item = Get-Item -LiteralPath $key -ErrorAction SilentlyContinue
    if ($item -and $item.ValueCount -eq 0 -and $item.SubKeyCount -eq 0) { Remove-Item -LiteralPath $key }
}
foreach ($file in $record.files.PSObject.Properties) {
    if ($file.Value.there) { [IO.File]::WriteAllBytes($file.Name, [Convert]::FromBase64String($file.Value.data)) }
    else { Remove-Item -LiteralPath $file.Name -ErrorAction SilentlyContinue }
}
powercfg /setactive $record.power
if ((powercfg /list) -match $Plan) { powercfg /delete $Plan }
$starts = @{ Auto = 'Automatic'; Manual = 'Manual'; Disabled = 'Disabled' }
Set-Service -Name W32Time -StartupType $starts[$record.clock.start]
if ($record.clock.state -eq 'Running') { Restart-Service -Name W32Time } else { Stop-Service -Name W32Time }
$before = $record.network
$lines = @("`$card = '$($before.card.Replace("'", "''"))'")
$lines += 'Remove-NetIPAddress -InterfaceAlias $card -AddressFamily IPv4 -Confirm:$false'
if ($before.dhcp -eq 'Enabled') {
    $lines += 'Set-NetIPInterface -InterfaceAlias $card -AddressFamily IPv4 -Dhcp Enabled'
    $lines += 'Set-DnsClientServerAddress -InterfaceAlias $card -ResetServerAddresses'
} else {
    foreach ($one in $before.addresses) {
        $address, $length = $one.Split('/')
        $lines += "New-NetIPAddress -InterfaceAlias `$card -IPAddress $address -PrefixLength $length"
    }
    if ($before.gateway) { $lines += "New-NetRoute -InterfaceAlias `$card -DestinationPrefix 0.0.0.0/0 -NextHop $($before.gateway)" }
    if ($before.dns) { $lines += "Set-DnsClientServerAddress -InterfaceAlias `$card -ServerAddresses $($before.dns -join ',')" }
}
$lines += "Unregister-ScheduledTask -TaskName 'Guyub back' -Confirm:`$false"
$coded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($lines -join "`n"))
$action = New-ScheduledTaskAction -Execute powershell.exe -Argument "-NoProfile -EncodedCommand $coded"
$soon = New-ScheduledTaskTrigger -Once -At (Get-Date).AddSeconds(15)
Register-ScheduledTask -TaskName 'Guyub back' -Action $action -Trigger $soon -User SYSTEM -RunLevel Highest -Force | Out-Null
Remove-Item -LiteralPath $path

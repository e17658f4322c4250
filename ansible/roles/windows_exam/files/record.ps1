# Writes down what this PC is like, before the first change. What stands in the record already is never written anew.
[CmdletBinding(SupportsShouldProcess)]
param([string] $Folder, [string] $Mac, [object[]] $Registry, [string[]] $Files)

$ErrorActionPreference = 'Stop'
$Ansible.Changed = $false
$card = Get-NetAdapter -Physical | Where-Object { $_.MacAddress -eq $Mac.ToUpper().Replace(':', '-') }
if (-not $card) {
    $have = (Get-NetAdapter -Physical).MacAddress -join ', '
    throw "Kartu jaringan $Mac tidak ada di komputer ini. Yang ada: $have. Perbaiki denah. Tidak ada yang diubah."
}
$path = Join-Path $Folder 'before.json'
$record = @{ registry = @{}; files = @{}; network = $null; power = $null; clock = $null }
if (Test-Path -LiteralPath $path) {
    $kept = Get-Content -LiteralPath $path -Raw | ConvertFrom-Json
    foreach ($part in 'registry', 'files') { $kept.$part.PSObject.Properties | ForEach-Object { $record[$part][$_.Name] = $_.Value } }
    foreach ($part in 'network', 'power', 'clock') { $record[$part] = $kept.$part }
}
$new = $false
foreach ($value in $Registry) {
    $name = "$($value.path)|$($value.name)"
    if ($record.registry.ContainsKey($name)) { continue }
    $key = Get-Item -LiteralPath $value.path -ErrorAction SilentlyContinue
    $there = $key -and ($key.GetValueNames() -contains $value.name)
    $record.registry[$name] = @{
        path = $value.path; name = $value.name; there = [bool] $there; key = [bool] $key
        type = $(if ($there) { "$($key.GetValueKind($value.name))" } else { '' })
        data = $(if ($there) { $key.GetValue($value.name, $null, 'DoNotExpandEnvironmentNames') } else { $null })
    }
    $new = $true
}
foreach ($file in $Files) {
    if ($record.files.ContainsKey($file)) { continue }
    $there = Test-Path -LiteralPath $file
    $data = if ($there) { [Convert]::ToBase64String([IO.File]::ReadAllBytes($file)) } else { $null }
    $record.files[$file] = @{ there = $there; data = $data }
    $new = $true
}
if (-not $record.network) {
    $side = Get-NetIPInterface -InterfaceIndex $card.ifIndex -AddressFamily IPv4
    $route = Get-NetRoute -InterfaceIndex $card.ifIndex -DestinationPrefix '0.0.0.0/0' -ErrorAction SilentlyContinue
    $record.network = @{
        card = $card.Name; dhcp = "$($side.Dhcp)"; gateway = "$(@($route)[0].NextHop)"
        addresses = @(Get-NetIPAddress -InterfaceIndex $card.ifIndex -AddressFamily IPv4 | ForEach-Object { "$($_.IPAddress)/$($_.PrefixLength)" })
        dns = @((Get-DnsClientServerAddress -InterfaceIndex $card.ifIndex -AddressFamily IPv4).ServerAddresses)
    }
    $new = $true
}
if (-not $record.power) { $record.power = [regex]::Match((powercfg /getactivescheme), '[0-9a-f-]{36}').Value; $new = $true }
if (-not $record.clock) {
    $service = Get-CimInstance Win32_Service -Filter "Name='W32Time'"
    $record.clock = @{ start = "$($service.StartMode)"; state = "$($service.State)" }
    $new = $true
}
$Ansible.Changed = $new
if ($new -and -not $Ansible.CheckMode) {
    New-Item -ItemType Directory -Force -Path $Folder | Out-Null
    icacls $Folder /inheritance:r /grant '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F' | Out-Null
    $draft = "$path.draft"
    $record | ConvertTo-Json -Depth 8 | Set-Content -LiteralPath $draft -Encoding UTF8
    Move-Item -Force -LiteralPath $draft -Destination $path
}

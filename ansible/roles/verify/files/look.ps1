# What a Windows PC sees of the exam's server: the same as exam_probe tells on Linux. It changes nothing.
param([string]$Server, [string]$Url, [string]$Marker)
$ErrorActionPreference = 'Stop'

$address = ''
$mac = ''
try {
  $route = Find-NetRoute -RemoteIPAddress $Server | Where-Object { $_.IPAddress } | Select-Object -First 1
  $address = [string]$route.IPAddress
  $mac = (Get-NetAdapter -InterfaceIndex $route.InterfaceIndex).MacAddress.ToLower().Replace('-', ':')
} catch { $address = '' }

$name = ''
try {
  $name = [string](Resolve-DnsName -Name ([Uri]$Url).Host -Type A | Where-Object { $_.Type -eq 'A' } |
      Select-Object -First 1).IPAddress
} catch { $name = '' }

# lines like "09:00:01, +00.0123456s": server's clock minus this one
$offset = $null
$told = (w32tm.exe /stripchart /computer:$Server /samples:3 /dataonly) -match ',\s*([+-][0-9.]+)s'
if ($told) {
  $last = [regex]::Match(@($told)[-1], ',\s*([+-][0-9.]+)s').Groups[1].Value
  $offset = [double]::Parse($last, [Globalization.CultureInfo]::InvariantCulture)
}

$watch = [Diagnostics.Stopwatch]::StartNew()
try {
  $answer = Invoke-WebRequest -Uri $Url -UseBasicParsing -TimeoutSec 10
  $ok = $answer.Content.Contains($Marker)
  $status = [string]$answer.StatusCode
} catch {
  $ok = $false
  $status = ($_.Exception.Message -split "`n")[0]
  $status = $status.Substring(0, [Math]::Min(120, $status.Length))
}
$page = @{ ok = $ok; status = $status; ms = [int]$watch.ElapsedMilliseconds; files = 0 }

$Ansible.Changed = $false
$Ansible.Result = @{
  address = $address
  mac = $mac
  name = $name
  offset = $offset
  ping = [bool](Test-Connection -ComputerName $Server -Count 2 -Quiet)
  page = $page
}
